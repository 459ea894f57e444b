"""How even shares are, by several definitions at once: each with an interval, and what fair draws show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.statistics.distances import jensen_shannons, mean_absolute_deviations, normalized_entropies
from toolkit.statistics.intervals import Interval, total_variation_interval, wilson
from toolkit.statistics.noise_floor import fair_outcomes

DRAWS = 1_999
SEED = 20_231
RATIO = "ratio"
Shares = NDArray[np.float64]


class Evenness(NamedTuple):
    """A measure of shares: its `value`, the ends of its interval, and the `floor`, its mean over fair draws."""

    value: float
    low: float
    high: float
    floor: float


def divergences_from_equal(shares: Shares) -> Shares:
    """Return the Jensen-Shannon divergence from equal shares in bits, of each row of (n, K): in [0, 1]."""
    return jensen_shannons(shares, np.full_like(shares, 1 / shares.shape[-1]))


def rate_ratios(shares: Shares) -> Shares:
    """Return the smallest share over the largest of each row of (n, K): 1 where all are equal, 0 with an empty one."""
    found: Shares = shares.min(axis=-1) / shares.max(axis=-1)
    return found


MEASURES: dict[str, Callable[[Shares], Shares]] = {
    "mean_absolute_deviation": mean_absolute_deviations,
    "jensen_shannon": divergences_from_equal,
    "normalized_entropy": normalized_entropies,
    RATIO: rate_ratios,
}


def evenness(counts: Sequence[int], confidence: float = 0.95) -> dict[str, Evenness]:
    """Return every measure of `counts` of K >= 2 groups, by name.

    The interval holds the middle of the measure over 1,999 draws of shares from the Dirichlet distribution of counts
    plus 1/2 (Jeffreys). Where equal shares lie within the joint Wilson interval of all shares, it reaches to them: few
    draws always look uneven. That of the ratio, an extreme of several shares, follows from the joint Wilson interval
    (Bonferroni) instead, and is cautious. `floor` is that of `noise_floor`. Raises ValueError where there
    are fewer than two groups or no counts.
    """
    n, k = sum(counts), len(counts)
    if n < 1 or k < 2:
        raise ValueError(f"{list(counts)} are no counts of at least two groups; give two or more, not all 0")
    observed = np.asarray(counts, np.float64)[None] / n
    gamma = np.random.default_rng(SEED).standard_gamma(np.asarray(counts) + 0.5, (DRAWS, k))
    drawn = gamma / gamma.sum(axis=1, keepdims=True)
    equal = np.full((1, k), 1 / k)
    fair = total_variation_interval(list(counts), [1 / k] * k, confidence).low <= 0
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    found = {}
    for name, measure in MEASURES.items():
        value, even = float(measure(observed)[0]), float(measure(equal)[0])
        if name == RATIO:
            low, high = _ratio_interval(counts, confidence)
        else:
            low, high = (float(one) for one in np.quantile(measure(drawn), tails))
        ends = [low, high, value, *([even] if fair else [])]
        found[name] = Evenness(value, min(ends), max(ends), _floor(name, n, k))
    return found


def _ratio_interval(counts: Sequence[int], confidence: float) -> Interval:
    ends = [wilson(one, sum(counts), 1 - (1 - confidence) / len(counts)) for one in counts]
    lowest, highest = min(one.low for one in ends), max(one.high for one in ends)
    least_of_highs, most_of_lows = min(one.high for one in ends), max(one.low for one in ends)
    return Interval(lowest / highest, min(1.0, least_of_highs / most_of_lows) if most_of_lows else 1.0)


@lru_cache(maxsize=4_096)
def _floor(name: str, n: int, k: int) -> float:
    counts, weights = fair_outcomes(n, np.full(k, 1 / k))
    return float(MEASURES[name](counts / n) @ weights)
