"""Which pairs a training keeps out: whole concepts by a hash, and sources; and what a model's record says of it."""

from __future__ import annotations

import json
from typing import NamedTuple

from toolkit.caption_words import json_object
from toolkit.errors import ModelError
from toolkit.models.uri import own_folder
from toolkit.seeds import stable_hash


class HeldOut(NamedTuple):
    """What a training keeps out: a `share` of all concepts, which the `seed` chooses, and all pairs of `sources`.

    `start` is the network that the training went on from, None where it began anew; that one may have seen them.
    """

    share: float
    seed: int
    sources: tuple[str, ...] = ()
    start: str | None = None

    def holds(self, concept: str, source: str | None = None) -> bool:
        """Return whether pairs of `concept` (see `trained_concept`) or of `source` are kept out."""
        chosen = int(stable_hash("held out", self.seed, concept)[:8], 16) < self.share * 2**32
        return chosen or source in self.sources


def trained_concept(caption: str | None, meta: str | None) -> str:
    """Return what a pair shows, for splitting: its `base` name where the source gives one, else its caption."""
    return str(json_object(meta).get("base") or caption).strip().lower()


def held_out_of(model: str) -> HeldOut | None:
    """Return what the training of `model`, zoo:NAME or a folder, kept out; None where no record of it says so."""
    try:
        record = json.loads((own_folder(model) / "training.json").read_text("utf-8"))["recipe"]
        sources = tuple(str(one) for one in record.get("held_out_sources") or ())
        return HeldOut(float(record["held_out_share"]), int(record["seed"]), sources, record.get("start") or None)
    except (ModelError, OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
