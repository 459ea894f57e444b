"""The kept pairs of curated runs as arrays: pictures decoded once, captions once, concepts held out."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.errors import RunError
from toolkit.held_out import HeldOut, trained_concept
from toolkit.images import decode, resize_square
from toolkit.progress import Progress, silent
from toolkit.sources.picture_bytes import read_picture
from toolkit.store import RunFolder


class TrainingPairs(NamedTuple):
    """What is known of n pairs beside their pictures; the fields are those of `TrainingSet`."""

    captions: list[str]
    caption_index: NDArray[np.int64]
    held_out: NDArray[np.bool_]
    set_aside: NDArray[np.bool_]
    sources: list[str]
    labels: list[str | None]
    concepts: NDArray[np.int64]

    @property
    def training(self) -> NDArray[np.int64]:
        """The indices of the pairs to train on."""
        return np.flatnonzero(~self.held_out & ~self.set_aside)


class TrainingSet(NamedTuple):
    """`pictures` uint8 (n, 3, side, side); `captions` holds each distinct text once, `caption_index` (n,) points into
    it; `held_out` (n,) marks pairs whose concept is kept out of training, `set_aside` (n,) those of sources that are;
    `sources` (n,) names where each came from, `labels` (n,) what a column of its meta says of it, None for nothing;
    `concepts` (n,) numbers what each shows (see `trained_concept`)."""

    pictures: NDArray[np.uint8]
    captions: list[str]
    caption_index: NDArray[np.int64]
    held_out: NDArray[np.bool_]
    set_aside: NDArray[np.bool_]
    sources: list[str]
    labels: list[str | None]
    concepts: NDArray[np.int64]

    @property
    def training(self) -> NDArray[np.int64]:
        """The indices of the pairs to train on."""
        return np.flatnonzero(~self.held_out & ~self.set_aside)

    def pixels(self, indices: Iterable[int]) -> list[NDArray[np.uint8]]:
        """Return the pictures of the pairs at `indices`, uint8 (side, side, 3) each."""
        return [np.ascontiguousarray(self.pictures[index].transpose(1, 2, 0)) for index in indices]


def load_training_set(
    runs: Sequence[RunFolder],
    side: int,
    *,
    held_out_share: float,
    seed: int,
    held_out_sources: Collection[str] = (),
    label_column: str | None = None,
    progress: Progress = silent,
) -> TrainingSet:
    """Return the kept pairs of `runs` with pictures padded to squares of `side` pixels; see `load_training_pairs`."""
    pairs = load_training_pairs(
        runs,
        held_out_share=held_out_share,
        seed=seed,
        held_out_sources=held_out_sources,
        label_column=label_column,
    )
    total = len(pairs.sources)
    pictures = np.empty((total, 3, side, side), np.uint8)
    for index, (run, row) in enumerate(kept_rows(runs, ["image"])):
        pixels = resize_square(decode(read_picture(row["image"], run.path), longest_side=side * 2), side)
        pictures[index] = pixels.transpose(2, 0, 1)
        if index % 256 == 255 or index + 1 == total:
            progress("reading pictures", index + 1, total)
    return TrainingSet(pictures, *pairs)


def load_training_pairs(
    runs: Sequence[RunFolder],
    *,
    held_out_share: float,
    seed: int,
    held_out_sources: Collection[str] = (),
    label_column: str | None = None,
) -> TrainingPairs:
    """Return what is known of the kept pairs of `runs` beside their pictures, in the order of `kept_rows`.

    A concept (the `base` name of an emoji, else the caption) is held out as a whole, by a hash, so that no picture of
    it is trained on, whoever drew it; so is every pair of `held_out_sources`, of which none of the other pairs is left
    out for that. Raises RunError where no pair was kept, or where no pair comes from such a source.
    """
    captions: dict[str, int] = {}
    caption_index: list[int] = []
    held_out: list[bool] = []
    sources: list[str] = []
    labels: list[str | None] = []
    concepts: dict[str, int] = {}
    concept_index: list[int] = []
    for _, row in kept_rows(runs, ["caption", "source", "meta"]):
        caption_index.append(captions.setdefault(row["caption"], len(captions)))
        concept = trained_concept(row["caption"], row["meta"])
        concept_index.append(concepts.setdefault(concept, len(concepts)))
        held_out.append(HeldOut(held_out_share, seed).holds(concept))
        sources.append(row["source"])
        labels.append(_label_of(row, label_column))
    if not sources:
        raise RunError(f"no kept pairs in {', '.join(str(run.path) for run in runs)}; curate with a looser recipe")
    absent = sorted(set(held_out_sources) - set(sources))
    if absent:
        raise RunError(
            f"no kept pair comes from {absent[0]!r}; held_out_sources may name {', '.join(sorted(set(sources)))}"
        )
    set_aside = np.array([one in held_out_sources for one in sources], np.bool_)
    index, held = np.array(caption_index, np.int64), np.array(held_out, np.bool_)
    numbered = np.array(concept_index, np.int64)
    return TrainingPairs(list(captions), index, held, set_aside, sources, labels, numbered)


def kept_rows(runs: Sequence[RunFolder], columns: Sequence[str]) -> Iterator[tuple[RunFolder, dict[str, Any]]]:
    """Yield the run that holds the pictures, and `columns` of the pairs table, of each kept pair of `runs`."""
    for run in runs:
        decisions = run.read("decisions", ["sample_id", "keep"])
        kept = set(decisions.filter(decisions["keep"])["sample_id"].to_pylist())
        holder = run.find("pairs")
        if holder is None:
            raise RunError(
                f"{run.path} has decisions but neither it nor its inputs have pairs; keep the curated run beside it"
            )
        for shard in holder.scan("pairs", ["sample_id", *columns]):
            for row in shard.to_pylist():
                if row["sample_id"] in kept:
                    yield holder, row


def _label_of(row: dict[str, Any], column: str | None) -> str | None:
    value = None if column is None else json.loads(row["meta"] or "{}").get(column)
    return None if value is None else str(value)
