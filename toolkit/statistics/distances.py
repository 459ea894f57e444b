"""How far shares lie from one another, or from being equal. Shares are vectors over K groups that sum to 1."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import entr, rel_entr


def total_variation(p: ArrayLike, q: ArrayLike) -> float:
    """Return half the sum of |p - q|: in [0, 1], the share of pictures that would have to change groups.

    Raises ValueError where `p` or `q` are not shares, or differ in length.
    """
    first, second = _two_shares(p, q)
    return float(np.abs(first - second).sum() / 2)


def jensen_shannon(p: ArrayLike, q: ArrayLike) -> float:
    """Return the Jensen-Shannon divergence of `p` and `q` in bits: in [0, 1], finite where a share is 0.

    It is the divergence, not its square root. Raises ValueError as `total_variation`. Source: Lin (1991).
    """
    return float(jensen_shannons(*_two_shares(p, q)))


def mean_absolute_deviation(p: ArrayLike) -> float:
    """Return the mean of |p - 1/K|: in [0, 2 (K - 1) / K**2], so never compare it across different K.

    Raises ValueError where `p` are not shares. Source: Cho et al. (2023), DALL-Eval, section 4.2.
    """
    return float(mean_absolute_deviations(_shares(p)))


def normalized_entropy(p: ArrayLike) -> float:
    """Return the entropy of `p` over log K: 1 where all groups are equal, 0 where one group is all.

    One group alone (K = 1) has nothing to vary: 1. Raises ValueError where `p` are not shares.
    OpenBias (D'Inca et al. 2024) reports 1 minus this.
    """
    return float(normalized_entropies(_shares(p)))


def mean_absolute_deviations(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return `mean_absolute_deviation` of each row of shares (..., K), which are not checked."""
    return np.asarray(np.abs(shares - 1 / shares.shape[-1]).mean(axis=-1))


def normalized_entropies(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return `normalized_entropy` of each row of shares (..., K), which are not checked."""
    if shares.shape[-1] == 1:
        return np.ones(shares.shape[:-1])
    return np.asarray(np.clip(entr(shares).sum(axis=-1) / np.log(shares.shape[-1]), 0.0, 1.0))


def jensen_shannons(p: NDArray[np.float64], q: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return `jensen_shannon` of each row of shares (..., K) with that of the other, which are not checked."""
    middle = (p + q) / 2
    nats = (rel_entr(p, middle).sum(axis=-1) + rel_entr(q, middle).sum(axis=-1)) / 2
    return np.asarray(np.clip(nats / np.log(2), 0.0, 1.0))


def _two_shares(p: ArrayLike, q: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    first, second = _shares(p), _shares(q)
    if len(first) != len(second):
        raise ValueError(f"shares of {len(first)} and of {len(second)} groups cannot be compared; give one length")
    return first, second


def _shares(p: ArrayLike) -> NDArray[np.float64]:
    shares = np.asarray(p, dtype=np.float64)
    if shares.ndim != 1 or len(shares) == 0 or not bool((shares >= 0).all()) or abs(float(shares.sum()) - 1) > 1e-6:
        raise ValueError(f"{shares.tolist()} are not shares; give one vector of numbers >= 0 that sum to 1")
    return shares
