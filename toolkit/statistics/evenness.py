"""How even shares are, by several definitions at once: each with an interval, and what fair draws show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import entr

from toolkit.statistics.intervals import Interval, total_variation_interval, wilson

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


def mean_absolute_deviations(shares: Shares) -> Shares:
    """Return mean |p - 1/K| of each row of `shares` (n, K). See `distances.mean_absolute_deviation`."""
    found: Shares = np.abs(shares - 1 / shares.shape[-1]).mean(axis=-1)
    return found


def divergences_from_equal(shares: Shares) -> Shares:
    """Return the Jensen-Shannon divergence from equal shares in bits, of each row of (n, K): in [0, 1]."""
    equal = 1 / shares.shape[-1]
    middle = (shares + equal) / 2
    # H(middle) - (H(p) + H(equal)) / 2: the same as the two divergences from the middle (Lin 1991)
    nats = entr(middle).sum(axis=-1) - (entr(shares).sum(axis=-1) + np.log(shares.shape[-1])) / 2
    found: Shares = np.clip(nats / np.log(2), 0.0, 1.0)
    return found


def normalized_entropies(shares: Shares) -> Shares:
    """Return the entropy over log K of each row of (n, K): 1 where all groups are equal. K is at least 2."""
    found: Shares = np.clip(entr(shares).sum(axis=-1) / np.log(shares.shape[-1]), 0.0, 1.0)
    return found


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
    (Bonferroni) instead, and is cautious. `floor` is the mean over as many fair draws. Raises ValueError where there
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
    counts = np.random.default_rng(SEED).multinomial(n, [1 / k] * k, size=DRAWS)
    return float(MEASURES[name](counts / n).mean())
