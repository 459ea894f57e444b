"""Which sides a caption names: a hand that points left is no copy of one that points right, though its mirror image."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from toolkit.curate.scorer import Batch, Need

_SIDE = re.compile(r"\b(left|right)(?:wards?|most|hand(?:ed)?)?\b|\b(anti|counter)?-?clockwise\b")


def sides_named(caption: str) -> str:
    """Return the sides that `caption` names, sorted, joined by commas: `left`, `right`, `clockwise`, and the like."""
    return ", ".join(sorted({found[1] or found[0] for found in _SIDE.finditer(caption.casefold())}))


@dataclass(frozen=True)
class SidesNamed:
    """The sides that a caption names, in English."""

    name: str = "sides_named"
    version: str = "1"
    needs: frozenset[Need] = frozenset({"caption"})

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """Words; empty where none is named."""
        return {"sides_named": pa.string()}

    def setup(self) -> None:
        """Nothing to load."""

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return the column."""
        return {"sides_named": [sides_named(caption) for caption in batch.captions]}
