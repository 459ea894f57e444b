"""Confidence intervals of a rate."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist
from typing import NamedTuple


class Interval(NamedTuple):
    """The two ends of an interval, in the units of what it bounds; `low <= high`."""

    low: float
    high: float


def normal_quantile(probability: float) -> float:
    """Return the value that a standard normal variable stays below with `probability`, in (0, 1)."""
    return NormalDist().inv_cdf(probability)


def wilson(k: int, n: int, confidence: float = 0.95) -> Interval:
    """Return the Wilson score interval of a rate, `k` hits in `n` trials, within [0, 1].

    No trials say nothing: `n = 0` gives (0, 1). Raises ValueError for impossible counts or confidence.
    Source: Wilson (1927), JASA 22, 209-212; without continuity correction.
    """
    _check(k, n, confidence)
    if n == 0:
        return Interval(0.0, 1.0)
    z = normal_quantile(0.5 + confidence / 2)
    rate = k / n
    scale = 1 + z * z / n
    centre = (rate + z * z / (2 * n)) / scale
    half = z / scale * sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    return Interval(0.0 if k == 0 else max(0.0, centre - half), 1.0 if k == n else min(1.0, centre + half))


def clopper_pearson(k: int, n: int, confidence: float = 0.95) -> Interval:
    """Return the Clopper-Pearson ("exact") interval of a rate, `k` hits in `n` trials, within [0, 1].

    It covers the true rate at least as often as `confidence` says, so it is wider than `wilson`. `n = 0` gives
    (0, 1). Raises ValueError for impossible counts or confidence. Source: Clopper and Pearson (1934), Biometrika 26.
    """
    _check(k, n, confidence)
    from scipy.special import betaincinv  # slow to import, and seldom asked for

    tail = (1 - confidence) / 2
    low = 0.0 if k == 0 else float(betaincinv(k, n - k + 1, tail))
    high = 1.0 if k == n else float(betaincinv(k + 1, n - k, 1 - tail))
    return Interval(low, high)


def total_variation_interval(counts: Sequence[int], reference: Sequence[float], confidence: float = 0.95) -> Interval:
    """Return an interval of the total variation between the shares behind `counts` and a fixed `reference`.

    The Wilson intervals of all groups together (Bonferroni for more than two groups) hold the true shares; the ends
    are the least and the greatest total variation of shares within them. Conservative, within [0, 1]. Raises
    ValueError where the two differ in length or a count is negative.
    """
    if len(counts) != len(reference) or not counts:
        raise ValueError(f"{len(counts)} counts and a reference of {len(reference)} groups; give one of each a group")
    n = sum(counts)
    level = confidence if len(counts) <= 2 else 1 - (1 - confidence) / len(counts)
    ends = [wilson(k, n, level) for k in counts]
    least = [max(end.low - q, q - end.high, 0.0) for end, q in zip(ends, reference, strict=True)]
    greatest = [max(end.high - q, q - end.low) for end, q in zip(ends, reference, strict=True)]
    return Interval(min(1.0, sum(least) / 2), min(1.0, sum(greatest) / 2))


def _check(k: int, n: int, confidence: float) -> None:
    if not 0 <= k <= n:
        raise ValueError(f"{k} hits in {n} trials is impossible; give 0 <= k <= n")
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence of {confidence} is impossible; give a number between 0 and 1, such as 0.95")
