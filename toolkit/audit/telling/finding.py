"""A finding: a sentence, the row of the measures table behind it, and how strongly it is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

Row = dict[str, Any]
DRAWN, CENSUS, UNREADABLE = "drawn", "census", "could not be told"
MOVED, EFFECT, FURTHER, APART = "moved", "effect of a word", "further than the data", "apart from a reference"
TOGETHER, OTHERWISE, UNLIKE = "two attributes together", "painted otherwise", "unlike the data's pictures"
COPIED, ASKED, NETWORK = "near copies", "not what was asked", "the pairing network"
SIGNIFICANT = 0.05
ROUNDING = 3e-6  # measures are rounded to 1e-6


class Finding(NamedTuple):
    """A sentence and the row of the measures table behind it.

    `strength` in [0, 1] is how far the interval lies from the reference beyond the noise floor, in shares, or in parts
    of what a figure in another unit can be; for a census, how far the share does. It counts by how many of its pictures
    could be told. `kind` says what sort of thing is told: `drawn` (a share of a model's pictures), `census` (of a
    dataset's), `moved` (a step of the ledger), or another of this module.
    """

    title: str
    subject: str
    slice: str
    attribute: str
    group: str
    measure: str
    annotator: str
    correction: str
    value: float
    low: float | None
    high: float | None
    n: int
    floor: float | None
    q: float | None
    strength: float
    kind: str


class Measures:
    """The rows that findings are told from, by what they are of."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = {_key(row, row["measure"], row["correction"]): row for row in rows}
        self._measured: dict[tuple[str, ...], list[Row]] = {}
        self._groups: dict[tuple[str, ...], set[str]] = {}
        for row in rows:
            same = (*_place(row), row["annotator"], row["measure"], row["correction"])
            self._measured.setdefault(same, []).append(row)
            if row["measure"] == "share":
                self._groups.setdefault(_ruler(row), set()).add(row["group"])

    def groups(self, row: Row) -> int:
        """Return how many groups the annotator of `row` tells apart, with the correction of `row`; 0 for none."""
        return len(self._groups.get(_ruler(row), ()))

    def beside(self, row: Row, measure: str) -> Row | None:
        """Return the row of another `measure` of the same place, group and correction; None where there is none."""
        return self._rows.get(_key(row, measure, row["correction"]))

    def alike(self, row: Row) -> list[Row]:
        """Return the other rows of its place and measure that say the same: whose value differs by rounding alone."""
        same = (*_place(row), row["annotator"], row["measure"], row["correction"])
        return [
            one
            for one in self._measured.get(same, ())
            if one["group"] != row["group"] and one["value"] is not None and abs(one["value"] - row["value"]) < ROUNDING
        ]

    def holds(self, row: Row, measure: str, limit: float) -> bool:
        """Return whether any group at the place of `row` has more of `measure` than `limit`."""
        place = _place(row)
        return any(
            key[:3] == place and key[-2] == measure and one["value"] is not None and one["value"] > limit
            for key, one in self._rows.items()
        )


def make_finding(row: Row, title: str, strength: float, kind: str) -> Finding:
    """Return the finding that `row` is, `strength` rounded to 1e-6."""
    figures = {name: row[name] for name in Finding._fields if name in row}
    return Finding(title=title, strength=round(min(1.0, float(strength)), 6), kind=kind, **figures)


def is_sure(row: Row) -> bool:
    """Return whether `row` was tested and its q is at most 0.05."""
    return row["q"] is not None and row["q"] <= SIGNIFICANT


def beyond_chance(row: Row) -> float:
    """Return how far the interval of `row` keeps from 0 beyond the noise floor, by the share of its pictures that could
    be told; 0 where it does not."""
    if row["low"] is None or row["high"] is None:
        return 0.0
    nearest = max(0.0, float(row["low"]), -float(row["high"]))
    return max(0.0, nearest - abs(float(row["floor"] or 0.0))) * told_share(row)


def told_share(row: Row) -> float:
    """Return the share of the pictures of `row` that the annotator could read."""
    return float(row["n"] / max(1, row["n"] + row["abstained"]))


def _place(row: Row) -> tuple[str, ...]:
    return row["subject"], row["slice"], row["attribute"]


def _ruler(row: Row) -> tuple[str, ...]:
    return row["subject"], row["attribute"], row["annotator"], row["correction"]


def _key(row: Row, measure: str, correction: str) -> tuple[str, ...]:
    return (*_place(row), row["group"], row["annotator"], measure, correction)
