"""How many pictures a claim takes."""

from __future__ import annotations

from math import ceil, sqrt

from toolkit.statistics.intervals import normal_quantile

EXACT_UP_TO = 1_000  # pictures: beyond it, no picture more or less matters


def pictures_per_arm(first: float, second: float, power: float = 0.8, significance: float = 0.05) -> int:
    """Return how many pictures each of two arms needs so that their rates `first` and `second` are told apart.

    Two-sided test of two proportions with a pooled variance. Raises ValueError for equal rates or impossible numbers.
    Source: Fleiss, Levin and Paik (2003), equation 4.14, without continuity correction.
    """
    _check(first, second, power, significance)
    mean = (first + second) / 2
    null = normal_quantile(1 - significance / 2) * sqrt(2 * mean * (1 - mean))
    other = normal_quantile(power) * sqrt(first * (1 - first) + second * (1 - second))
    return ceil(((null + other) / (first - second)) ** 2 - 1e-9)


def pictures_against(reference: float, share: float, power: float = 0.8, significance: float = 0.05) -> int:
    """Return how many pictures tell a rate of `share` from a fixed `reference`, two-sided.

    Raises ValueError as `pictures_per_arm`. Source: Fleiss, Levin and Paik (2003), equation 2.13, without correction.
    """
    _check(reference, share, power, significance)
    null = normal_quantile(1 - significance / 2) * sqrt(reference * (1 - reference))
    other = normal_quantile(power) * sqrt(share * (1 - share))
    return ceil(((null + other) / (reference - share)) ** 2 - 1e-9)


def binomial_power(n: int, reference: float, share: float, significance: float = 0.05) -> float:
    """Return how often the exact binomial test of `n` pictures tells a rate of `share` from `reference`, in [0, 1].

    The test is `comparisons.binomial_test`: it refuses the least likely outcomes whose probability under `reference` is
    at most `significance` together. Raises ValueError as `pictures_per_arm`.
    """
    _check(reference, share, 0.5, significance)
    import numpy as np
    from scipy.stats import binom  # slow to import

    outcomes = np.arange(n + 1)
    fair = binom.pmf(outcomes, n, reference)
    order = np.argsort(fair, kind="stable")
    # outcomes as likely as one another, to rounding, are refused together or not at all
    last = np.searchsorted(fair[order], fair[order] * (1 + 1e-7), side="right") - 1
    refused = np.cumsum(fair[order])[last] <= significance
    return float(binom.pmf(outcomes[order][refused], n, share).sum())


def pictures_exactly_against(reference: float, share: float, power: float = 0.8, significance: float = 0.05) -> int:
    """Return how many pictures the exact binomial test needs to tell a rate of `share` from a fixed `reference`.

    The fewest that reach `power`, by `binomial_power`; beyond 1,000 by the continuity correction, which is then as
    good. Raises ValueError as `pictures_per_arm`.
    """
    normal = pictures_against(reference, share, power, significance)
    n = max(1, normal * 4 // 5)
    if n > EXACT_UP_TO:
        return for_exact_test(normal, share - reference, 1)
    while binomial_power(n, reference, share, significance) < power:
        n += 1
    return n


def for_exact_test(pictures: int, difference: float, arms: int) -> int:
    """Return how many pictures an exact test needs where the normal one needs `pictures`, an arm, for `difference`.

    Exact tests (Fisher's for two `arms`, the binomial one against a fixed rate) are cautious where counts are small:
    the continuity correction of the normal test says by how much. Raises ValueError for another number of arms or a
    difference of 0. Source: Casagrande, Pike and Smith (1978), Biometrics 34, 483-486, for equal arms; against a fixed
    rate half the correction.
    """
    if arms not in (1, 2) or difference == 0 or pictures < 1:
        raise ValueError(
            f"{arms} arms of {pictures} pictures for a difference of {difference}; give 1 or 2 arms, and more"
        )
    step = 2 * arms / (pictures * abs(difference))
    return ceil(pictures / 4 * (1 + sqrt(1 + step)) ** 2 - 1e-9)


def labelled_share(share: float, sensitivity: float, specificity: float) -> float:
    """Return the share of labels that an annotator of these error rates gives where `share` is true, in [0, 1].

    A difference shrinks by sensitivity + specificity - 1 on its way, so a claim through labels takes more pictures.
    """
    return share * sensitivity + (1 - share) * (1 - specificity)


def _check(first: float, second: float, power: float, significance: float) -> None:
    if not (0 <= first <= 1 and 0 <= second <= 1) or first == second:
        raise ValueError(f"rates of {first} and {second} cannot be told apart by any number; give two in [0, 1]")
    if not 0 < power < 1 or not 0 < significance < 1:
        raise ValueError(f"a power of {power} at {significance} is impossible; give numbers between 0 and 1")
