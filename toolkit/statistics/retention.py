"""Whom a filter leaves out: how often the rows of each group stay, against the others, and what that does to shares.

The rows are all there are, so a retention rate is no estimate: it is what happened. Its interval and test treat the
rows as draws from a stream of pairs like these, and speak of the filter's behaviour on that stream. They take rows as
independent; near-copies of one another are not, and make intervals too narrow.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from toolkit.statistics.comparisons import benjamini_hochberg
from toolkit.statistics.intervals import wilson
from toolkit.statistics.two_rates import equal_rates_p, rate_ratio

Reals = NDArray[np.float64]
FEWEST = 20  # rows of a group, and of the others, below which nothing is tested
SIGNIFICANT = 0.05


class Bounded(NamedTuple):
    """Values, one a group, with the ends of their intervals; NaN where there is none."""

    value: Reals
    low: Reals
    high: Reals


class Retention(NamedTuple):
    """What a filter does to each of G groups; every array but `best` is float64 (G,).

    `rate`: kept / reached, in [0, 1]. `ratio`: the rate over that of `best`, the index of the best-kept group of its
    family that is large enough, int64 (G,), -1 where none is. `p`: of the test that the group and the others are kept
    at one rate. `share_before` and `share_after`: the group among its attribute's rows before and after the filter, in
    [0, 1]. `amplification`: share after over share before, below 1 where the filter makes a group rarer still.
    `measurable`: large enough to tell.
    """

    rate: Bounded
    ratio: Bounded
    best: NDArray[np.int64]
    p: Reals
    share_before: Reals
    share_after: Bounded
    amplification: Bounded
    measurable: NDArray[np.bool_]


def retention(
    reached: ArrayLike,
    kept: ArrayLike,
    others_reached: ArrayLike,
    others_kept: ArrayLike,
    *,
    families: ArrayLike | None = None,
    fewest: int = FEWEST,
    confidence: float = 0.95,
) -> Retention:
    """Return the retention of G groups by filters.

    `reached` and `kept` count the rows of each group before and after its filter; `others_*` the rows of the same
    attribute that are not in the group (groups may overlap, a group and its others never do). Groups of one number in
    `families`, int (G,), are those of one attribute and filter (None: all are): each is compared with the best of its
    family.

    With r the rate of a group, r' that of its others and w its share before, the share after is
    w r / (w r + (1 - w) r') = w f / (w f + 1 - w), f = r / r'. That rises with f, so its interval, and that of the
    amplification, are those of f carried over; shares before are given, not estimated. Rates have Wilson intervals,
    ratios Koopman's; the test is Fisher's, of `equal_rates_p`. Groups of fewer than `fewest` rows, and those with fewer
    others, are not `measurable`: their p is NaN and they are never the best.

    Raises ValueError for impossible counts. Source of "exclusion amplification" (groups that are rare already are
    excluded more often): Hong, Agnew, Kohno and Morgenstern (2024), "Who's in and who's out?", arXiv 2405.08209.
    """
    n, k, m, j = (np.asarray(one, dtype=np.float64) for one in (reached, kept, others_reached, others_kept))
    measurable = (n >= fewest) & (m >= fewest)
    p = np.where(measurable, equal_rates_p(k, n, j, m), np.nan)
    rate = _rates(k, n, confidence)
    best = _best(np.where(measurable, rate.value, -1.0), np.zeros(len(n)) if families is None else np.asarray(families))
    before, after, amplification = _shares(n, k, m, j, confidence)
    return Retention(rate, _to_best(k, n, best, confidence), best, p, before, after, amplification, measurable)


def flagged(rate: ArrayLike, others_rate: ArrayLike, q: ArrayLike) -> NDArray[np.bool_]:
    """Return which groups a filter leaves out: kept less often than the others, at q <= 0.05. NaN is no."""
    lower = np.asarray(rate, dtype=np.float64) < np.asarray(others_rate, dtype=np.float64)
    return lower & (np.asarray(q, dtype=np.float64) <= SIGNIFICANT)


def adjust(p: ArrayLike) -> Reals:
    """Return the q (Benjamini and Hochberg) of one family of tests, NaN where p is; untested groups do not count.

    Were every filter fair, some group would be flagged in at most 5 % of data sets; otherwise at most 5 % of flags are
    false, in expectation.
    """
    values = np.asarray(p, dtype=np.float64)
    adjusted = np.full_like(values, np.nan)
    tested = ~np.isnan(values)
    adjusted[tested] = benjamini_hochberg(values[tested])
    return adjusted


def _rates(k: Reals, n: Reals, confidence: float) -> Bounded:
    ends = [wilson(int(hits), int(trials), confidence) for hits, trials in zip(k, n, strict=True)]
    with np.errstate(invalid="ignore"):
        value = k / n
    return Bounded(value, np.array([one.low for one in ends]), np.array([one.high for one in ends]))


def _best(rates: Reals, families: NDArray[Any]) -> NDArray[np.int64]:
    """Return the index of the highest of `rates` in the family of each, the first of equals; -1 where all are -1."""
    found = np.full(len(rates), -1, dtype=np.int64)
    if len(rates):
        order = np.lexsort((-rates, families))
        first = np.r_[True, np.diff(families[order]) != 0]
        best = order[first][np.cumsum(first) - 1]
        found[order] = np.where(rates[best] < 0, -1, best)
    return found


def _to_best(k: Reals, n: Reals, best: NDArray[np.int64], confidence: float) -> Bounded:
    """Return the ratio of each rate to the best one; that one's own ratio is 1 and has no interval."""
    found = rate_ratio(k, n, k[best], n[best], confidence=confidence)
    compared = best >= 0
    others = compared & (np.arange(len(n)) != best)
    low, high = (np.where(others, end, np.nan) for end in (found.low, found.high))
    return Bounded(np.where(compared, found.ratio, np.nan), low, high)


def _shares(n: Reals, k: Reals, m: Reals, j: Reals, confidence: float) -> tuple[Reals, Bounded, Bounded]:
    with np.errstate(divide="ignore", invalid="ignore"):
        before = n / (n + m)
        after = k / (k + j)
    found = rate_ratio(k, n, j, m, confidence=confidence)
    low, high = (_share_after(before, end) for end in (found.low, found.high))
    alone = m == 0  # a group without others is all there is, before and after
    low, high = np.where(alone, 1.0, low), np.where(alone, 1.0, high)
    with np.errstate(divide="ignore", invalid="ignore"):
        changes = Bounded(after / before, low / before, high / before)
    return before, Bounded(after, low, high), changes


def _share_after(before: Reals, ratio: Reals) -> Reals:
    """Return w f / (w f + 1 - w); 1 where f is infinite."""
    with np.errstate(invalid="ignore"):
        share = before * ratio / (before * ratio + 1 - before)
    return np.where(np.isinf(ratio), 1.0, share)
