"""Two rates compared: a test that they are equal, and an interval of their ratio. Arrays in, arrays out."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from toolkit.statistics.hypergeometric import tails
from toolkit.statistics.intervals import normal_quantile

Reals = NDArray[np.float64]
_HALVINGS = 50  # of an interval in the logarithm, to 4e-14: twelve digits of a ratio
_WIDEST = 40.0  # ln of the greatest ratio looked for


class RateRatio(NamedTuple):
    """`ratio` of two rates, in [0, inf], and the ends of its interval; NaN where there is nothing to compare."""

    ratio: Reals
    low: Reals
    high: Reals


def equal_rates_p(k1: ArrayLike, n1: ArrayLike, k2: ArrayLike, n2: ArrayLike) -> Reals:
    """Return the two-sided p of `k1` hits in `n1` trials and `k2` in `n2` coming from one rate, float64 in [0, 1].

    Fisher's exact test, twice the smaller tail of the hypergeometric distribution of `k1` given all hits. Exact at
    every size: where many groups are tested only the far tail counts, and there the normal approximation calls a fair
    filter unfair several times too often (its lower tail at p = 0.0004 is 3 times too heavy for 300 trials at 0.95,
    still 1.8 times for 2,000). Where both rates are 0, both 1 or one has no trials, nothing differs: p = 1. Raises
    ValueError for impossible counts. Source: Fisher (1935), JRSS 98, 39-54; Agresti (2013), Categorical Data Analysis,
    section 3.5.
    """
    a, n, b, m = _counts(k1, n1, k2, n2)
    found = tails(*(one.ravel() for one in (a, a + b, n, n + m)))
    p: Reals = np.clip(2 * np.minimum(found.below, found.above), 0.0, 1.0)
    return p.reshape(a.shape)


def higher_rate_p(k1: int, n1: int, k2: int, n2: int) -> float:
    """Return the one-sided p of the first rate being no higher than the second, in [0, 1]: Fisher's exact test.

    The probability, given all hits, of `k1` or more of them falling to the first. Without trials on a side nothing is
    higher: 1. Raises ValueError for impossible counts. Source: Fisher (1935), as `equal_rates_p`.
    """
    a, n, b, m = _counts(k1, n1, k2, n2)
    found = tails(*(one.ravel() for one in (a, a + b, n, n + m)))
    return float(np.clip(found.above[0], 0.0, 1.0))


def rate_ratio(k1: ArrayLike, n1: ArrayLike, k2: ArrayLike, n2: ArrayLike, *, confidence: float = 0.95) -> RateRatio:
    """Return (k1 / n1) / (k2 / n2) with Koopman's score interval: all ratios that the score test does not refuse.

    A ratio r is refused where (p1 - r p2)^2 / (q1 (1 - q1) / n1 + r^2 q2 (1 - q2) / n2) > z^2, with q1 = r q2 the
    likeliest rates of that ratio. It holds for rates near 0 and 1, where the logarithmic (Katz) interval fails. No
    hits on either side, or no trials, say nothing: NaN with the interval (0, inf). Raises ValueError for impossible
    counts. Source: Koopman (1984), Biometrics 40, 513-517; Gart and Nam (1988), Biometrics 44, 323-338.
    """
    a, n, b, m = _counts(k1, n1, k2, n2)
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence of {confidence} is impossible; give a number between 0 and 1, such as 0.95")
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (a / n) / (b / m)
    limit = normal_quantile(0.5 + confidence / 2) ** 2
    known = (n > 0) & (m > 0) & (a + b > 0)
    centre = np.clip(np.log(np.where(known & (ratio > 0), ratio, 1.0)), -_WIDEST, _WIDEST)
    centre = np.where(known & (a == 0), -_WIDEST, centre)
    low, high = np.exp(_bisect(a, n, b, m, limit, centre))
    low, high = np.where(known & (a > 0), low, 0.0), np.where(known & (b > 0), high, np.inf)
    return RateRatio(np.where(known, ratio, np.nan), low, high)


def _bisect(a: Reals, n: Reals, b: Reals, m: Reals, limit: float, inside: Reals) -> Reals:
    """Return the logarithms of the ratios below and above `inside` at which the score test begins to refuse, (2, n)."""
    near = np.stack([inside, inside])
    far = np.stack([np.full_like(inside, -_WIDEST), np.full_like(inside, _WIDEST)])
    for _ in range(_HALVINGS):
        middle = (near + far) / 2
        refused = _score(a, n, b, m, np.exp(middle)) > limit
        near, far = np.where(refused, near, middle), np.where(refused, middle, far)
    return near


def _score(a: Reals, n: Reals, b: Reals, m: Reals, ratio: Reals) -> Reals:
    """Return the square of the score statistic of `ratio` (Koopman 1984, equation 2), 0 where it does not exist."""
    linear = n * ratio + a + m + b * ratio
    with np.errstate(divide="ignore", invalid="ignore"):
        # The smaller root of (n + m) r q^2 - linear q + (a + b) = 0, in the form that loses no digits.
        q2 = 2 * (a + b) / (linear + np.sqrt(np.maximum(linear**2 - 4 * (n + m) * ratio * (a + b), 0.0)))
        q1 = np.minimum(ratio * q2, 1.0)
        variance = q1 * (1 - q1) / n + ratio**2 * q2 * (1 - q2) / m
        difference = a / n - ratio * b / m
        found = difference**2 / variance
    return np.where(np.isnan(found), 0.0, found)


def _counts(*given: ArrayLike) -> tuple[Reals, Reals, Reals, Reals]:
    k1, n1, k2, n2 = np.broadcast_arrays(*(np.asarray(one, dtype=np.float64) for one in given))
    possible = (k1 >= 0) & (k1 <= n1) & (k2 >= 0) & (k2 <= n2)
    if not bool(possible.all()):
        raise ValueError("hits outside [0, trials] are impossible; give 0 <= k <= n for both")
    return k1, n1, k2, n2
