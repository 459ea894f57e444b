"""The measures table, cut the way readers look at it: shares by concept, whole distributions, the census."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from toolkit.report.subjects import DATA
from toolkit.store import RunFolder

SHARE = "share"
CENSUS = "census"
ALL = "all"

Row = dict[str, Any]


class Forest(NamedTuple):
    """Shares of one `group` of an attribute by slice, for one subject and annotator."""

    subject: str
    attribute: str
    annotator: str
    group: str
    other: str
    rows: tuple[Row, ...]


class Spread(NamedTuple):
    """How one subject's pictures spread over all groups of an attribute, for one slice and annotator."""

    subject: str
    slice: str
    attribute: str
    annotator: str
    shares: dict[str, float]
    n: int
    abstained: int


def measure_rows(run: RunFolder) -> list[Row]:
    """Return the rows of `measures` in key order; none where `run` was not audited."""
    if not run.has("measures"):
        return []
    order = ("subject", "slice", "attribute", "group", "measure", "annotator", "correction")
    rows = sorted(run.read("measures").to_pylist(), key=lambda row: tuple(row[column] for column in order))
    return [{name: _finite(value) for name, value in row.items()} for row in rows]


def _finite(value: Any) -> Any:
    """Return `value`, or None for a NaN or infinity, which JSON cannot hold."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def is_census(row: Row) -> bool:
    """Return whether a measure describes all there is, so that it has no interval."""
    return bool(row["method"] == CENSUS)


def _shares(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["measure"] == SHARE and row["value"] is not None]


def forests(rows: list[Row]) -> list[Forest]:
    """Return a forest for every subject, annotator and attribute of two groups that was sampled, not counted whole.

    The group shown is the last in alphabetical order (woman, of man and woman); the other is what is left of 100 %.
    """
    found: dict[tuple[str, str, str], list[Row]] = {}
    for row in _shares(rows):
        if not is_census(row) and row["low"] is not None:
            found.setdefault((row["subject"], row["attribute"], row["annotator"]), []).append(row)
    shown = []
    for (subject, attribute, annotator), some in found.items():
        groups = sorted({row["group"] for row in some})
        if len(groups) == 2:
            chosen = [row for row in some if row["group"] == groups[1]]
            chosen.sort(key=lambda row: (row["slice"] == ALL, -row["value"], row["slice"]))
            shown.append(Forest(subject, attribute, annotator, groups[1], groups[0], tuple(chosen)))
    return shown


def spreads(rows: list[Row], attribute: str, *, slice_name: str = ALL) -> list[Spread]:
    """Return how each subject spreads over the groups of `attribute` in one slice, models first."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in _shares(rows):
        if row["attribute"] == attribute and row["slice"] == slice_name:
            found.setdefault((row["subject"], row["annotator"]), []).append(row)
    return [
        Spread(
            subject,
            slice_name,
            attribute,
            annotator,
            {row["group"]: row["value"] for row in sorted(some, key=lambda row: _group_order(row["group"]))},
            some[0]["n"] or 0,
            some[0]["abstained"] or 0,
        )
        for (subject, annotator), some in sorted(found.items(), key=lambda one: (one[0][0].startswith(DATA), one[0]))
    ]


def _group_order(group: str) -> tuple[str, int, str]:
    """Order `monk-2` before `monk-10`."""
    stem, _, number = group.rpartition("-")
    return (stem, int(number), "") if number.isdigit() else (group, 0, group)


def not_measurable(rows: list[Row]) -> dict[str, list[str]]:
    """Return why some figures are missing: reason -> the "subject, slice, attribute" it holds for, each once."""
    found: dict[str, dict[str, None]] = {}
    for row in rows:
        if row["not_measurable"]:
            place = f"{row['subject']}, {row['slice']}, {row['attribute']}"
            found.setdefault(row["not_measurable"], {})[place] = None
    return {why: list(places) for why, places in sorted(found.items())}
