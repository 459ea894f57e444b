"""Whether raters agree beyond chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence


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
