"""The measures table, cut the way readers look at it: shares by concept, how a subject spreads, the census."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from toolkit.report import retention
from toolkit.report.subjects import DATA
from toolkit.store import RunFolder

SHARE = "share"
OUTSIDE_SHARE = "share_outside_human_skin"
FROM_CAPTIONS = "difference_from_captions"
CENSUS = "census"
RAW = "uncorrected"
BY_REVIEWS = "prediction-powered"  # the correction that reviews by people give; others come from known pictures
ALL = "all"
OUTSIDE = "outside human skin"
NOT_TOLD = "not told"

Row = dict[str, Any]


class Place(NamedTuple):
    """Whose share it is: a subject's, of one `group` of an attribute, by one annotator."""

    subject: str
    attribute: str
    annotator: str
    group: str


class Forest(NamedTuple):
    """Shares of one `group` of an attribute with two groups by slice, for one subject and annotator.

    `captions` holds, by slice, the share that the captions of the data name, where they name any; `corrected` the rows
    of the share corrected for the annotator's errors, where pictures of known truth or reviews allow it: one a
    correction.
    """

    subject: str
    attribute: str
    annotator: str
    group: str
    other: str
    rows: tuple[Row, ...]
    captions: dict[str, float]
    corrected: dict[str, tuple[Row, ...]]


class Spread(NamedTuple):
    """How many pictures of one subject were read as each group of an attribute, for one annotator.

    The pictures that were not told come last: those of a colour outside human skin, and the others.
    """

    subject: str
    attribute: str
    annotator: str
    counts: dict[str, int]
    told: int


def measure_rows(run: RunFolder) -> list[Row]:
    """Return the rows of `measures` that an audit wrote, in key order; none without one. NaN becomes None."""
    if not run.has("measures"):
        return []
    order = ("subject", "slice", "attribute", "group", "measure", "annotator", "correction")
    rows = sorted(_audited(run), key=lambda row: tuple(row[column] for column in order))
    return [{name: _finite(value) for name, value in row.items()} for row in rows]


def _audited(run: RunFolder) -> list[Row]:
    return [row for row in run.read("measures").to_pylist() if row["measure"] not in retention.MEASURES]


def _finite(value: Any) -> Any:
    """Return `value`, or None for a NaN or infinity, which JSON cannot hold."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def is_census(row: Row) -> bool:
    """Return whether a measure describes all there is, so that it has no interval."""
    return str(row["method"] or "").partition(";")[0] == CENSUS  # "census; small: 3 pictures" is one too


def forests(rows: list[Row]) -> list[Forest]:
    """Return a forest for every subject, annotator and attribute of two groups that was sampled, not counted whole.

    The group shown is the last in alphabetical order (woman, of man and woman); the other is what is left of 100 %.
    The largest share comes first, all concepts together last.
    """
    found: dict[tuple[str, str, str], list[Row]] = {}
    for row in raw(rows):
        if row["measure"] in (SHARE, FROM_CAPTIONS) and not is_census(row) and row["low"] is not None:
            found.setdefault((row["subject"], row["attribute"], row["annotator"]), []).append(row)
    shown = []
    for key, some in found.items():
        groups = sorted({row["group"] for row in some})
        if len(groups) == 2:
            chosen = [row for row in some if row["group"] == groups[1] and row["measure"] == SHARE]
            chosen.sort(key=lambda row: (row["slice"] == ALL, -row["value"], row["slice"]))
            captions = captions_named([row for row in some if row["group"] == groups[1]])
            other = [row for row in rows if (row["subject"], row["attribute"], row["annotator"]) == key]
            own = corrected([row for row in other if row["group"] == groups[1]])
            shown.append(Forest(*key, groups[1], groups[0], tuple(chosen), captions, own))
    return shown


def raw(rows: list[Row]) -> list[Row]:
    """Return those of `rows` that are as annotators read them."""
    return [row for row in rows if row["correction"] == RAW]


def corrected(rows: list[Row]) -> dict[str, tuple[Row, ...]]:
    """Return those of `rows`, of one group, that are shares corrected for the annotator's errors and could be measured,
    by slice: one for each correction, in the order of their names."""
    found: dict[str, tuple[Row, ...]] = {}
    for row in sorted(rows, key=lambda row: str(row["correction"])):
        if row["measure"] == SHARE and row["correction"] != RAW and row["value"] is not None:
            found[row["slice"]] = (*found.get(row["slice"], ()), row)
    return found


def captions_named(rows: list[Row]) -> dict[str, float]:
    """Return the share that the captions of the data name, by slice, from the rows of one group."""
    shares = {row["slice"]: row["value"] for row in rows if row["measure"] == SHARE and row["value"] is not None}
    differences = {row["slice"]: row["value"] for row in rows if row["measure"] == FROM_CAPTIONS}
    return {name: shares[name] - value for name, value in differences.items() if name in shares and value is not None}


def spreads(rows: list[Row], attribute: str, *, slice_name: str = ALL) -> list[Spread]:
    """Return how the pictures of each subject spread over the groups of `attribute` in one slice, models first."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in raw(rows):
        if row["attribute"] == attribute and row["slice"] == slice_name and row["measure"] in (SHARE, OUTSIDE_SHARE):
            found.setdefault((row["subject"], row["annotator"]), []).append(row)
    ordered = sorted(found.items(), key=lambda one: (one[0][0].startswith(DATA), one[0]))
    return [_spread(subject, attribute, annotator, some) for (subject, annotator), some in ordered]


def _spread(subject: str, attribute: str, annotator: str, rows: list[Row]) -> Spread:
    shares = sorted((row for row in rows if row["measure"] == SHARE), key=lambda row: natural(row["group"]))
    told = max((row["n"] or 0 for row in shares), default=0)
    abstained = max((row["abstained"] or 0 for row in rows), default=0)
    outside = sum(round(row["value"] * row["n"]) for row in rows if row["measure"] == OUTSIDE_SHARE)
    counts = {row["group"]: round((row["value"] or 0.0) * told) for row in shares}
    return Spread(subject, attribute, annotator, counts | {OUTSIDE: outside, NOT_TOLD: abstained - outside}, told)


def natural(name: str) -> tuple[str, int, str]:
    """Return a sort key that puts `monk-2` before `monk-10`."""
    stem, _, number = name.rpartition("-")
    return (stem, int(number), "") if number.isdecimal() else (name, 0, name)


class Missing(NamedTuple):
    """Shares that could not be measured: in how many `slices` of a subject, by which annotator, with which
    `correction`, and `why`."""

    subject: str
    attribute: str
    annotator: str
    slices: int
    why: str
    correction: str = RAW


def not_measurable(rows: list[Row]) -> tuple[Missing, ...]:
    """Return which shares are missing; `why` is that of all slices together, where these are missing too."""
    found: dict[tuple[str, str, str, str], dict[str, str]] = {}
    for row in rows:
        if row["not_measurable"] and row["measure"] == SHARE:
            place = (row["subject"], row["attribute"], row["annotator"], row["correction"])
            found.setdefault(place, {})[row["slice"]] = row["not_measurable"]
    return tuple(
        Missing(subject, attribute, annotator, len(some), some.get(ALL, next(iter(some.values()))), correction)
        for (subject, attribute, annotator, correction), some in found.items()
    )
