"""The pairs that a curated run kept, as retrieval looks them up: by caption, by word, by id."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit.errors import PictureError, RunError
from toolkit.images import decode, resize_square
from toolkit.report.pictures import pair_pictures
from toolkit.store import RunFolder

_WORD = re.compile(r"\w+")


class TrainingPairs:
    """The kept pairs of `run` or of its inputs, in the order of their sample_id. Raises RunError without any."""

    def __init__(self, run: RunFolder) -> None:
        holder, decider = run.find("pairs"), run.find("decisions")
        if holder is None or decider is None:
            raise RunError(
                f"{run.path} has no pairs with decisions, nor has a run it was made from; give a curated run"
            )
        self._run = run
        pairs = holder.read("pairs", ["sample_id", "caption", "width", "height"])
        decisions = decider.read("decisions", ["sample_id", "keep"])
        kept = decisions.filter(decisions["keep"])["sample_id"]
        rows = pairs.filter(pc.is_in(pairs["sample_id"], value_set=kept.combine_chunks())).sort_by("sample_id")
        if not rows.num_rows:
            raise RunError(f"{decider.path} kept no pair; curate with a looser recipe")
        self.sample_ids: list[str] = rows["sample_id"].to_pylist()
        self.captions: list[str] = [caption or "" for caption in rows["caption"].to_pylist()]
        sides = pc.max_element_wise(rows["width"], rows["height"]).drop_null()
        self.usual_side = int(np.median(sides.to_numpy())) if len(sides) else 64
        holders = {one.path: one for one in (holder, decider, run.find("weights")) if one is not None}
        self.content_hashes = [one.content_hash() for one in holders.values()]

    @property
    def has_weights(self) -> bool:
        """Whether `tain balance` has weighed the pairs."""
        return self._run.find("weights") is not None

    @cached_property
    def weights(self) -> NDArray[np.float64]:
        """The weight of each pair; 0 for one that was not weighed."""
        holder = self._run.find("weights")
        table = {} if holder is None else holder.read("weights").to_pydict()
        by_id = dict(zip(table.get("sample_id", ()), table.get("weight", ()), strict=True))
        return np.array([by_id.get(name) or 0.0 for name in self.sample_ids])

    @cached_property
    def distinct_captions(self) -> list[str]:
        """Each caption once, in order of its first pair."""
        return list(self._by_caption)

    @cached_property
    def _by_caption(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for place, caption in enumerate(self.captions):
            found[caption].append(place)
        return dict(found)

    @cached_property
    def _by_word(self) -> dict[str, set[int]]:
        found: dict[str, set[int]] = defaultdict(set)
        for place, caption in enumerate(self.captions):
            for word in words_of(caption):
                found[word].add(place)
        return dict(found)

    def with_caption(self, caption: str) -> NDArray[np.int64]:
        """Return the places of the pairs with exactly `caption`."""
        return np.array(self._by_caption.get(caption, []), np.int64)

    def holding_words(self, text: str) -> NDArray[np.int64]:
        """Return the places of the pairs whose caption holds every word of `text`, in any order and case."""
        sets = [self._by_word.get(word, set()) for word in words_of(text)]
        return np.array(sorted(set.intersection(*sets)) if sets else [], np.int64)

    def places_of(self, sample_ids: Sequence[str]) -> NDArray[np.int64]:
        """Return the places of those pairs of `sample_ids` that were kept."""
        wanted = set(sample_ids)
        return np.array([place for place, name in enumerate(self.sample_ids) if name in wanted], np.int64)

    def pictures(self, names: list[str]) -> list[NDArray[np.uint8]]:
        """Return pictures, uint8 (side, side, 3), by `SIDE SAMPLE_ID`, whole and centred on white.

        Raises LookupError where a picture cannot be read any more.
        """
        asked = [(int(side), name) for side, _, name in (one.partition(" ") for one in names)]
        found = pair_pictures(self._run, [name for _, name in asked])
        pictures = []
        for side, name in asked:
            try:
                pictures.append(resize_square(decode(found[name], longest_side=2 * side), side))
            except (KeyError, PictureError) as error:
                raise LookupError(f"the picture of pair {name} cannot be read any more: {error}") from error
        return pictures


def words_of(text: str) -> set[str]:
    """Return the words of `text`, in lower case."""
    return set(_WORD.findall(text.casefold()))
