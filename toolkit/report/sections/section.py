"""A part of the page that is one table: what it is about, its head and its rows, as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from toolkit.report.measured import ALL
from toolkit.report.wording import percent, q_value

Row = dict[str, Any]
MOST = 60  # rows of a table on the page; report.json and measures.csv hold all


class Section(NamedTuple):
    """A table with its `title` and the `words` above it. `numbers` says of each column whether it is set to the right;
    `left_out` is how many rows the page does not show."""

    anchor: str
    title: str
    words: str
    head: tuple[str, ...]
    numbers: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]
    left_out: int


def section(anchor: str, title: str, words: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> Section | None:
    """Return the section, or None where there are no rows. Columns that `head` begins with "#" hold numbers."""
    found = tuple(tuple(row) for row in rows)
    if not found:
        return None
    names, numbers = tuple(one.removeprefix("#") for one in head), tuple(one.startswith("#") for one in head)
    return Section(anchor, title, words, names, numbers, found[:MOST], max(0, len(found) - MOST))


def by_place(rows: Iterable[Row]) -> dict[tuple[str, ...], dict[str, Row]]:
    """Return rows by subject, slice, attribute, annotator, group and correction, each place by measure; all concepts
    together come last."""
    found: dict[tuple[str, ...], dict[str, Row]] = {}
    names = ("subject", "slice", "attribute", "annotator", "group", "correction")
    for row in sorted(rows, key=lambda row: (row["subject"], row["slice"] == ALL)):
        found.setdefault(tuple(row[one] for one in names), {})[row["measure"]] = row
    return found


def without_mirrors(rows: Iterable[Row]) -> list[Row]:
    """Return rows of one measure that is a difference, without those that only say the reverse of another: of two
    groups that make up the whole, one gains what the other loses. The one that gains stays."""
    found = list(rows)
    gains = {(_place(row), _groupless(row), row["value"]) for row in found if (row["value"] or 0) > 0}
    return [
        row
        for row in found
        if row["value"] is None or row["value"] >= 0 or (_place(row), _groupless(row), -row["value"]) not in gains
    ]


def _place(row: Row) -> tuple[str, ...]:
    return tuple(row[one] for one in ("subject", "slice", "attribute", "annotator", "correction"))


def _groupless(row: Row) -> str:
    """Return what a group says besides the value that was read: which words were compared."""
    return str(row["group"].partition(": ")[2])


def concept(name: str) -> str:
    """Return a slice as people say it."""
    return "all concepts" if name == ALL else name


def share(row: Row | None) -> str:
    """Return "91 % [84, 95]", or why there is none; empty where there is no row."""
    if row is None:
        return ""
    if row["value"] is None:
        return "not measurable"
    return percent(row["value"]) + _ends(row, 100, 0)


def points(row: Row | None) -> str:
    """Return a difference of shares as "+60 [45, 71]", in points."""
    if row is None:
        return ""
    if row["value"] is None:
        return "not measurable"
    return signed(row["value"]) + _ends(row, 100, 0)


def signed(difference: float) -> str:
    """Return a difference of shares in whole points: "+8", "-3", "0"."""
    rounded = round(100 * difference)
    return f"{rounded:+d}" if rounded else "0"


def number(row: Row | None) -> str:
    """Return a figure that is no share as "0.31 [0.29, 0.33]"."""
    if row is None:
        return ""
    if row["value"] is None:
        return "not measurable"
    return f"{row['value']:.2f}" + _ends(row, 1, 2)


def sure(row: Row | None) -> str:
    """Return q in words; empty where nothing was tested."""
    return "" if row is None or row["q"] is None else q_value(row["q"])


def _ends(row: Row, scale: int, digits: int) -> str:
    if row["low"] is None or row["high"] is None:
        return ""
    return f" [{scale * row['low']:.{digits}f}, {scale * row['high']:.{digits}f}]"
