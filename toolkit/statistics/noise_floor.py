"""What a measure shows when nothing is there: its expected value for a generator that is perfectly fair.

A fair coin thrown 8 times lands 0.137 away from one half on average. So every score of few pictures shows its floor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations, pairwise
from math import comb

import numpy as np
from numpy.typing import ArrayLike, NDArray

ENUMERATE_UP_TO = 5_000
DRAWS = 5_000
SEED = 20_231


def noise_floor(
    measure: Callable[[NDArray[np.float64]], float], n: int, k: int, *, reference: ArrayLike | None = None
) -> float:
    """Return the expected `measure` of the shares that `n` fair draws show over `k` groups.

    Fair means drawn from `reference`, which is uniform where it is None. Exact by enumeration where there are few
    outcomes (always for k = 2 up to n = 4,999); otherwise the mean of 5,000 draws of a fixed seed, so that the same
    question has the same answer. Raises ValueError where `n` or `k` is below 1 or `reference` is not k shares.
    """
    counts, weights = fair_outcomes(n, _reference(n, k, reference))
    values = np.array([measure(row) for row in counts / n])
    return float(values @ weights)


def fair_outcomes(n: int, shares: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return what `n` draws from `shares` (K,) may show: counts (m, K), and how likely each is, (m,), of sum 1.

    All of them where they are few; otherwise 5,000 draws of a fixed seed.
    """
    k = len(shares)
    if comb(n + k - 1, k - 1) <= ENUMERATE_UP_TO:
        from scipy.stats import multinomial  # a second to import: not before it is asked for

        counts = np.array(list(_outcomes(n, k)), np.int64)
        weights = multinomial.pmf(counts, n, shares)
        return counts, np.atleast_1d(weights / weights.sum())
    return np.random.default_rng(SEED).multinomial(n, shares, size=DRAWS), np.full(DRAWS, 1 / DRAWS)


def total_variation_floor(n: int, k: int, *, reference: ArrayLike | None = None) -> float:
    """Return the exact expected total variation between `reference` and the shares of `n` draws from it.

    The expectation of a sum is the sum over groups of the mean deviation of a binomial, so no draws are needed for
    any `k`: of n draws at q it is 2 m (1 - q) P(m) with m the whole number above n q (de Moivre; Diaconis and Zabell
    1991, Statistical Science 6, 284-302). `reference` is uniform where it is None. Raises ValueError as `noise_floor`.
    """
    from scipy.stats import binom  # a second to import: not before it is asked for

    shares = _reference(n, k, reference)
    above = np.floor(n * shares) + 1
    deviations = 2 * above * (1 - shares) * binom.pmf(above, n, shares) / n
    return float(deviations.sum() / 2)


def _reference(n: int, k: int, reference: ArrayLike | None) -> NDArray[np.float64]:
    if n < 1 or k < 1:
        raise ValueError(f"{n} draws over {k} groups have no floor; give n >= 1 and k >= 1")
    shares = np.full(k, 1 / k) if reference is None else np.asarray(reference, dtype=np.float64)
    if shares.shape != (k,) or not bool((shares >= 0).all()) or abs(float(shares.sum()) - 1) > 1e-6:
        raise ValueError(f"{shares.tolist()} is no reference over {k} groups; give {k} shares that sum to 1")
    return np.asarray(shares / shares.sum())


def _outcomes(n: int, k: int) -> Iterator[tuple[int, ...]]:
    """Yield every way to share `n` draws among `k` groups, by stars and bars."""
    for bars in combinations(range(n + k - 1), k - 1):
        edges = (-1, *bars, n + k - 1)
        yield tuple(right - left - 1 for left, right in pairwise(edges))
