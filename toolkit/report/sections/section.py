"""A part of the page that is one table: what it is about, its head and its rows, as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from toolkit.report.measured import ALL, RAW
from toolkit.report.subjects import DATA
from toolkit.report.wording import percent, plain_name, q_value, subject_name

Row = dict[str, Any]
MOST = 60  # rows of a table on the page; report.json and measures.csv hold all
MOST_REASONS, MOST_NAMED = 12, 3  # why figures are missing, and the concepts that are named in each


class Section(NamedTuple):
    """A table with its `title` and the `words` above it. `numbers` says of each column whether it is set to the right,
    `small` of each row whether it rests on few pictures; `left_out` is how many rows the page does not show. `missing`
    says why figures of the table are not measurable."""

    anchor: str
    title: str
    words: str
    head: tuple[str, ...]
    numbers: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]
    left_out: int
    small: tuple[bool, ...] = ()
    missing: tuple[str, ...] = ()


def section(
    anchor: str,
    title: str,
    words: str,
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    behind: Iterable[Row] = (),
    small: Sequence[bool] = (),
) -> Section | None:
    """Return the section, or None where there is nothing to say. Columns that `head` begins with "#" hold numbers.

    `behind` are rows of measures that the table is made of: those without a value say why under it. `small` says of
    each row whether it rests on few pictures.
    """
    found, missing = tuple(tuple(row) for row in rows), reasons(behind)
    if not found and not missing:
        return None
    names, numbers = tuple(one.removeprefix("#") for one in head), tuple(one.startswith("#") for one in head)
    left_out = max(0, len(found) - MOST)
    marked = tuple(small[:MOST]) or (False,) * len(found[:MOST])
    return Section(anchor, title, words, names, numbers, found[:MOST], left_out, marked, missing)


def reasons(rows: Iterable[Row]) -> tuple[str, ...]:
    """Return why some of `rows` have no value, as `all_reasons` does; of many the first, and how many more there
    are."""
    said = all_reasons(rows)
    more = len(said) - MOST_REASONS
    return (*said[:MOST_REASONS], *([f"and {more} more, in measures.csv"] if more > 0 else []))


def all_reasons(rows: Iterable[Row]) -> list[str]:
    """Return why some of `rows` have no value, concepts and measures of one reason together; where all concepts
    together have none, that says it of each."""
    found: dict[tuple[str, str, str], tuple[dict[str, None], dict[str, None]]] = {}
    missing = [row for row in rows if row["value"] is None and row["not_measurable"]]
    whole = {_sort_of(row) for row in missing if row["slice"] == ALL}
    for row in missing:
        if row["slice"] == ALL or _sort_of(row) not in whole:
            correction = "" if row["correction"] == RAW else f" ({row['correction']})"
            key = (subject_name(row["subject"]), correction, row["not_measurable"])
            names, measures = found.setdefault(key, ({}, {}))
            names[concept(row["slice"])] = None
            measures[plain_name(row["measure"])] = None
    return [
        f"{subject}, {_some(list(names))}: {', '.join(measures)}{correction}: {why}"
        for (subject, correction, why), (names, measures) in found.items()
    ]


def _sort_of(row: Row) -> tuple[str, ...]:
    return tuple(row[one] for one in ("subject", "attribute", "annotator", "measure", "correction"))


def _some(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def corrections_beside(rows: Iterable[Row]) -> bool:
    """Return whether `rows` hold corrected figures too, so that a table has to say which each of them is."""
    return any(row["correction"] != RAW for row in rows)


def by_place(rows: Iterable[Row]) -> dict[tuple[str, ...], dict[str, Row]]:
    """Return rows by subject, slice, attribute, annotator, group and correction, each place by measure; models
    come before datasets, all concepts together last."""
    found: dict[tuple[str, ...], dict[str, Row]] = {}
    names = ("subject", "slice", "attribute", "annotator", "group", "correction")
    for row in sorted(rows, key=lambda row: (row["subject"].startswith(DATA), row["subject"], row["slice"] == ALL)):
        found.setdefault(tuple(row[one] for one in names), {})[row["measure"]] = row
    return found


def ordered(rows: Iterable[Row]) -> list[Row]:
    """Return the rows that could be measured, models before datasets; those surest to be no chance come first, and
    those of one place with other corrections right after it."""
    told = [row for row in rows if row["value"] is not None]
    ranks: dict[tuple[str, ...], tuple[float, float]] = {}
    for row in told:
        key, rank = _figure(row), (1.0 if row["q"] is None else row["q"], -abs(row["value"]))
        ranks[key] = min(rank, ranks.get(key, rank))
    return sorted(
        told,
        key=lambda row: (
            row["subject"].startswith(DATA), row["subject"], ranks[_figure(row)], _figure(row),
            row["correction"] != RAW, row["correction"],
        ),
    )  # fmt: skip


def _figure(row: Row) -> tuple[str, ...]:
    return tuple(row[one] for one in ("subject", "slice", "attribute", "annotator", "group", "measure"))


def whole_of_datasets(rows: Iterable[Row]) -> list[Row]:
    """Return `rows` without those of single concepts of datasets, which are described, not estimated, and many."""
    return [row for row in rows if row["slice"] == ALL or not row["subject"].startswith(DATA)]


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


def number(row: Row | None, digits: int = 2) -> str:
    """Return a figure that is no share as "0.31 [0.29, 0.33]"."""
    if row is None:
        return ""
    if row["value"] is None:
        return "not measurable"
    return _fixed(row["value"], digits) + _ends(row, 1, digits)


def by_chance(row: Row | None, words: str = "chance") -> str:
    """Return " (chance 10 %)" of a share with a floor, else nothing; `words` say what the floor is."""
    return "" if row is None or row["floor"] is None or row["value"] is None else f" ({words} {percent(row['floor'])})"


def sure(row: Row | None) -> str:
    """Return q in words; empty where nothing was tested."""
    return "" if row is None or row["q"] is None else q_value(row["q"])


def _ends(row: Row, scale: int, digits: int) -> str:
    if row["low"] is None or row["high"] is None:
        return ""
    return f" [{_fixed(scale * row['low'], digits)}, {_fixed(scale * row['high'], digits)}]"


def _fixed(value: float, digits: int) -> str:
    return f"{round(value, digits) + 0.0:.{digits}f}"  # a zero has no sign
