"""Whether shares lie farther from a reference than draws from that reference do."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

DRAWS = 9_999
SEED = 20_231
_NEAR = 1e-9  # distances that differ by less are equal: they are sums of the same few fractions


def total_variation_p(counts: Sequence[int], reference: Sequence[float]) -> float:
    """Return how often as many draws from `reference` lie as far from it as `counts` do, in [0, 1].

    Far is the total variation between shares and `reference` (K shares that sum to 1). Exact for two groups, by the
    binomial distribution; for more the share among 9,999 draws of a fixed seed and what was observed, so that the
    smallest p is 0.0001. No counts show nothing: p = 1. Raises ValueError where the two differ in length or are no
    counts or shares. Source: Davison and Hinkley (1997), Bootstrap Methods, section 4.2.1 (Monte Carlo tests).
    """
    n, shares = sum(counts), tuple(float(one) for one in reference)
    if len(counts) != len(shares) or not counts or min(counts) < 0:
        raise ValueError(f"counts {list(counts)} and {len(shares)} shares; give a count, 0 or more, for each share")
    if min(shares) < 0 or abs(sum(shares) - 1) > 1e-6:
        raise ValueError(f"{list(shares)} are no shares of a whole; give shares in [0, 1] that sum to 1")
    if n == 0 or len(shares) == 1:
        return 1.0
    if len(shares) == 2:
        return _binomial_p(counts[0], n, shares[0])
    observed = float(np.abs(np.asarray(counts) / n - shares).sum() / 2)
    as_far = int((_distances(n, shares) >= observed - _NEAR).sum())
    return (1 + as_far) / (1 + DRAWS)


def _binomial_p(k: int, n: int, share: float) -> float:
    from scipy.stats import binom  # slow to import

    far = abs(k - n * share)
    if far < n * _NEAR:
        return 1.0
    below, above = floor(n * share - far + n * _NEAR), ceil(n * share + far - n * _NEAR)
    return float(min(1.0, binom.cdf(below, n, share) + binom.sf(above - 1, n, share)))


@lru_cache(maxsize=256)
def _distances(n: int, shares: tuple[float, ...]) -> NDArray[np.float64]:
    """Return the distances of `DRAWS` draws of `n` from their own reference, (DRAWS,)."""
    whole = np.asarray(shares) / sum(shares)
    drawn = np.random.default_rng(SEED).multinomial(n, whole, size=DRAWS)
    found: NDArray[np.float64] = np.abs(drawn / n - whole).sum(axis=1) / 2
    return found
