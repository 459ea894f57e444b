"""Rows of the measures table: how they are made, ordered, and adjusted for being many."""

from __future__ import annotations

from typing import Any

from toolkit.audit.measuring.tallies import Place, Tally, is_census
from toolkit.audit.subjects import ALL
from toolkit.statistics.comparisons import benjamini_hochberg

UNIFORM = "uniform"
UNCORRECTED = "uncorrected"
CENSUS = "census"

Row = dict[str, Any]
_WHOLE = ("p", "q")  # not rounded: a probability can be very small and still say something
_KEY = ("subject", "slice", "attribute", "group", "measure", "annotator", "correction")


def make_row(place: Place, group: str, measure: str, tally: Tally, **figures: Any) -> Row:
    """Return a row of `measure` at `place` with the counts of `tally`; figures rounded to 1e-6, p to four digits."""
    census = is_census(place.subject)
    row = {
        **place._asdict(),
        "group": group,
        "measure": measure,
        "correction": UNCORRECTED,
        "method": CENSUS if census else None,
        "n": tally.n,
        "n_effective": float(tally.n if census else tally.n_effective),
        "abstained": tally.abstained,
    } | figures
    return {name: _rounded(name, value) for name, value in row.items()}


def _rounded(name: str, value: Any) -> Any:
    if not isinstance(value, float):
        return value
    return float(f"{value:.4g}") if name in _WHOLE else round(value, 6)


def row_key(row: Row) -> tuple[str, ...]:
    """Return the primary key of `row`, to order by."""
    return tuple(row[column] for column in _KEY)


def adjust(rows: list[Row]) -> None:
    """Fill `q` (Benjamini-Hochberg) of every row with a p that has none yet.

    A family is all slices and groups of one subject, attribute, annotator, measure and correction; all slices together
    are a family of their own.
    """
    families: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        if row.get("p") is not None and row.get("q") is None:
            names = ("subject", "attribute", "annotator", "measure", "correction")
            families.setdefault((*(row[one] for one in names), row["slice"] == ALL), []).append(row)
    for family in families.values():
        for row, q in zip(family, benjamini_hochberg([row["p"] for row in family]), strict=True):
            row["q"] = _rounded("q", float(q))
