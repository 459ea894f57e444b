"""Where two audits are compared: what every row of a comparison says first."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class ComparedPlace:
    """The subject of either audit, and what of both is held against each other: a `group` of an `attribute` in a
    `slice`, as an `annotator` reads it, with a `correction` or `uncorrected`."""

    subject_a: str
    subject_b: str
    slice: str
    attribute: str
    group: str
    annotator: str
    correction: str

    @property
    def place(self) -> tuple[str, ...]:
        """These columns alone, to order by."""
        return (self.subject_a, self.subject_b, *(str(getattr(self, name)) for name in COLUMNS))

    def as_row(self) -> dict[str, Any]:
        """Return all columns by name, in their order."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


COLUMNS = tuple(one.name for one in fields(ComparedPlace))[2:]  # those that both audits have in common
