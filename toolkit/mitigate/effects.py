"""What a mitigation did to the shares that it aimed at: slice by slice, and over all slices as one distance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.mitigate.target import Target
from toolkit.statistics.comparisons import benjamini_hochberg
from toolkit.statistics.corrections import Estimate
from toolkit.statistics.differences import hybrid_difference, implied_p
from toolkit.statistics.moved_distance import SEED, Redrawn, moved_distance, redraw, redraw_estimates
from toolkit.statistics.moved_share import moved_estimates, moved_share
from toolkit.statistics.noise_floor import total_variation_floor
from toolkit.statistics.paired import mcnemar
from toolkit.statistics.two_rates import equal_rates_p

ABSTAINED, ABSENT = -1, -2
UNCORRECTED = "uncorrected"
HALF = 0.5
PAIRED = "pictures of one prompt and seed, adjusted Wald; Fieller; McNemar's exact test"
APART = "no pictures of one prompt and seed: independent, adjusted Wald; Fieller; Fisher's exact test"
CORRECTED = "hybrid of both corrected intervals, sides as independent; Fieller; normal test"
Codes = NDArray[np.int64]
Row = dict[str, Any]
_FIGURES = ("change", "change_low", "change_high", "p", "q", "closed", "closed_low", "closed_high", "method")
_EMPTY: Row = {
    "pairs": 0,
    **dict.fromkeys(_FIGURES),
    "after_worst_low": None,
    "after_worst_high": None,
    "halfway": False,
    "away_from_start": False,
    "not_measurable": None,
}


class Share(NamedTuple):
    """A share that an audit measured, with its interval and counts; `value` is None where it could not, and then
    `not_measurable` says why."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    abstained: int
    not_measurable: str | None = None


class SlicePictures(NamedTuple):
    """The pictures of a slice, one row for each prompt and seed of either side (n,): the `seeds`, and what was read
    `before` and `after`, places in the groups, ABSTAINED where it could not be told, ABSENT where there is none."""

    seeds: Codes
    before: Codes
    after: Codes


class Judged(NamedTuple):
    """Both audits as far as they were aimed at: `groups`, `shares` before and after by slice and group, and the
    `pictures` by slice, where they are at hand."""

    groups: tuple[str, ...]
    before: Mapping[tuple[str, str], Share]
    after: Mapping[tuple[str, str], Share]
    pictures: Mapping[str, SlicePictures]
    correction: str = UNCORRECTED


def skew_rows(judged: Judged, target: Target, confidence: float = 0.95) -> list[Row]:
    """Return for every slice and group of `target` the share before and after, its change, and how much of the way to
    the target that is; in the order of the target.

    `change` and `closed` come of `moved_share`, `p` of McNemar's test, and q is Benjamini-Hochberg's over all rows.
    `halfway`: the share lies at most half as far from the target as it did (beyond it too). `away_from_start`: the
    interval of the change leaves out 0, on the target's side. Corrected shares have the interval that their own imply.
    `after_worst_low` and `after_worst_high` are the share were no picture that could not be told of the group, or all.
    """
    rows = [
        _row(judged, name, group, shares.get(group, 0.0), confidence)
        for name, shares in target.shares.items()
        for group in (*shares, *(one for one in judged.groups if one not in shares))
    ]
    known = [row for row in rows if row["p"] is not None]
    for row, q in zip(known, benjamini_hochberg([row["p"] for row in known]), strict=True):
        row["q"] = float(f"{q:.4g}")
    return rows


def bias_row(judged: Judged, target: Target, confidence: float = 0.95) -> Row:
    """Return `bias`: the mean over slices of the total variation distance to the target, before and after, its change
    with an interval (see `moved_distance`: seeds are redrawn within slices, by a fixed stream), and `floor`, what as
    many pictures drawn at the target would show. `slices` is how many could be measured on both sides."""
    stream = np.random.default_rng(SEED)
    redrawn, floors = [], []
    for name, shares in target.shares.items():
        aim = np.array([shares.get(group, 0.0) for group in judged.groups])
        found = _redrawn(judged, name, aim, stream, confidence)
        if found is not None:
            redrawn.append(found)
            floors.append(total_variation_floor(max(1, _independent(judged, name)), len(aim), reference=aim))
    names = ("before", "before_low", "before_high", "after", "after_low", "after_high")
    if not redrawn:
        return dict.fromkeys((*names, "change", "change_low", "change_high", "floor")) | {"slices": 0}
    moved = moved_distance(redrawn, confidence)
    changes = zip(("change", "change_low", "change_high"), moved.change, strict=True)
    figures = zip(names, (*moved.before, *moved.after), strict=True)
    return {
        **{name: _rounded(value) for name, value in (*figures, *changes)},
        "floor": _rounded(float(np.mean(floors))),
        "slices": len(redrawn),
    }


def _row(judged: Judged, name: str, group: str, aim: float, confidence: float) -> Row:
    before, after = (side.get((name, group)) for side in (judged.before, judged.after))
    row: Row = {"slice": name, "group": group, "target": _rounded(aim)}
    row |= _side("before", before) | _side("after", after) | _EMPTY
    if after is not None and after.value is not None and after.abstained and judged.correction == UNCORRECTED:
        seen = after.n + after.abstained
        row["after_worst_low"] = _rounded(after.value * after.n / seen)
        row["after_worst_high"] = _rounded((after.value * after.n + after.abstained) / seen)
    for side, one in (("first", before), ("second", after)):
        if one is None or one.value is None:
            why = f"it has no share of {group} in {name!r}" if one is None else one.not_measurable
            return row | {"not_measurable": f"in the {side} audit: {why}"}
    assert before is not None
    assert after is not None
    if judged.correction != UNCORRECTED:
        return row | _of_estimates(before, after, aim, confidence)
    if not _has_both(judged.pictures.get(name)):
        return row | {"not_measurable": "the labels of single pictures are not at hand; audit both runs again"}
    return row | _of_pictures(judged.pictures[name], judged.groups.index(group), aim, confidence)


def _side(name: str, share: Share | None) -> Row:
    one = share or Share(None, None, None, 0, 0)
    figures = {name: one.value, f"{name}_low": one.low, f"{name}_high": one.high}
    return {key: None if value is None else _rounded(value) for key, value in figures.items()} | {
        f"n_{name}": one.n,
        f"abstained_{name}": one.abstained,
    }


def _of_pictures(pictures: SlicePictures, code: int, aim: float, confidence: float) -> Row:
    before, after = (
        np.where(side < 0, np.nan, (side == code).astype(np.float64)) for side in (pictures.before, pictures.after)
    )
    moved = moved_share(before, after, pictures.seeds, aim, confidence)
    p = mcnemar(moved.gained, moved.lost).p if moved.pairs else _apart(before, after)
    start = float(np.nanmean(before))
    return _moved(start, aim, moved.change, moved.closed, p, PAIRED if moved.pairs else APART) | {"pairs": moved.pairs}


def _apart(before: NDArray[np.float64], after: NDArray[np.float64]) -> float:
    counts = [(int(np.nansum(one)), int((~np.isnan(one)).sum())) for one in (before, after)]
    return float(equal_rates_p(*counts[0], *counts[1]))


def _of_estimates(before: Share, after: Share, aim: float, confidence: float) -> Row:
    one, two = _estimate(before), _estimate(after)
    try:
        p: float | None = implied_p(one, two, confidence)
        change = hybrid_difference(one, two)
    except ValueError as error:
        return {"not_measurable": str(error)}
    return _moved(one.value, aim, change, moved_estimates(one, two, aim, confidence), p, CORRECTED)


def _moved(start: float, aim: float, change: Estimate, closed: Estimate | None, p: float | None, method: str) -> Row:
    """Return the columns that say how a share moved from `start`."""
    left = abs(aim - start - change.value)
    toward = change.low > 0 if aim > start else change.high < 0
    figures = {"change": change.value, "change_low": change.low, "change_high": change.high}
    if closed is not None:
        figures |= {"closed": closed.value, "closed_low": closed.low, "closed_high": closed.high}
    return {name: _rounded(value) for name, value in figures.items()} | {
        "p": None if p is None else float(f"{p:.4g}"),
        "halfway": closed is not None and left <= HALF * abs(aim - start) + 1e-12,
        "away_from_start": closed is not None and toward,
        "method": method,
    }


def _redrawn(
    judged: Judged, name: str, aim: NDArray[np.float64], stream: np.random.Generator, confidence: float
) -> Redrawn | None:
    if judged.correction != UNCORRECTED:
        sides = [[side.get((name, group)) for group in judged.groups] for side in (judged.before, judged.after)]
        known = [[_estimate(one) for one in side if one is not None and one.value is not None] for side in sides]
        if any(len(side) < len(judged.groups) for side in known):
            return None
        return redraw_estimates(known[0], known[1], aim, stream, confidence)
    pictures = judged.pictures.get(name)
    if pictures is None or not _has_both(pictures):
        return None
    _, seed = np.unique(pictures.seeds, return_inverse=True)
    before, after = (_counts(seed, side, len(judged.groups)) for side in (pictures.before, pictures.after))
    return redraw(before, after, aim, stream)


def _counts(seed: NDArray[np.intp], side: Codes, groups: int) -> NDArray[np.float64]:
    """Return how many pictures of each group every seed painted, (seeds, groups)."""
    table = np.zeros((int(seed.max()) + 1, groups))
    told = side >= 0
    np.add.at(table, (seed[told], side[told]), 1.0)
    return table


def _has_both(pictures: SlicePictures | None) -> bool:
    return pictures is not None and bool((pictures.before >= 0).any() and (pictures.after >= 0).any())


def _independent(judged: Judged, name: str) -> int:
    """Return how many independent draws the pictures after are that could be told."""
    if name in judged.pictures:
        pictures = judged.pictures[name]
        return len(np.unique(pictures.seeds[pictures.after >= 0]))
    return max((one.n for (slice_name, _), one in judged.after.items() if slice_name == name), default=0)


def _estimate(share: Share) -> Estimate:
    value = float(share.value or 0.0)
    return Estimate(value, value if share.low is None else share.low, value if share.high is None else share.high)


def _rounded(value: float) -> float:
    return round(float(value), 6) + 0.0  # no minus before a zero
