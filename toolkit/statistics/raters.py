"""Whether raters agree beyond chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence

import numpy as np

from toolkit.statistics.corrections import Estimate

DRAWS = 2_000
SEED = 20_231


def krippendorff_alpha(ratings: Iterable[Sequence[Hashable]]) -> float:
    """Return Krippendorff's alpha for nominal values: 1 where raters agree, 0 at chance, below 0 if they oppose.

    `ratings` holds, for each picture, the values that its raters gave; pictures of fewer than two say nothing. NaN
    where nothing can be compared; 1 where everyone always says the same. Source: Krippendorff (2011), "Computing
    Krippendorff's alpha-reliability", section C.
    """
    values: Counter[Hashable] = Counter()
    disagreement = 0.0
    for given in ratings:
        if len(given) < 2:
            continue
        counts = Counter(given)
        values.update(counts)
        unequal = len(given) ** 2 - sum(one * one for one in counts.values())
        disagreement += unequal / (len(given) - 1)
    total = sum(values.values())
    if total == 0:
        return float("nan")
    expected = (total**2 - sum(one * one for one in values.values())) / (total - 1)
    return 1.0 if expected == 0 else 1 - disagreement / expected


def alpha_interval(ratings: Sequence[Sequence[Hashable]], confidence: float = 0.95) -> Estimate:
    """Return `krippendorff_alpha` of `ratings` with an interval: percentiles of 2,000 redraws of pictures.

    Redraws in which everyone always says the same count as 1. Raises ValueError for fewer than two pictures of two
    ratings or more, of which nothing can be redrawn.
    """
    some = [one for one in ratings if len(one) > 1]
    if len(some) < 2:
        raise ValueError(f"{len(some)} pictures were rated twice; give at least two")
    names = {value: place for place, value in enumerate(dict.fromkeys(value for one in some for value in one))}
    counts = np.array([np.bincount([names[value] for value in one], minlength=len(names)) for one in some], float)
    sizes = counts.sum(axis=1)
    unequal = (sizes**2 - (counts**2).sum(axis=1)) / (sizes - 1)
    drawn = np.random.default_rng(SEED).multinomial(len(some), np.full(len(some), 1 / len(some)), DRAWS)
    totals = drawn @ counts
    whole = totals.sum(axis=1)
    expected = (whole**2 - (totals**2).sum(axis=1)) / (whole - 1)
    alphas = 1 - np.divide(drawn @ unequal, expected, out=np.zeros_like(expected), where=expected > 0)
    value, tail = krippendorff_alpha(some), (1 - confidence) / 2
    low, high = (float(end) for end in np.quantile(alphas, [tail, 1 - tail]))
    return Estimate(value, min(low, value), max(high, value))
