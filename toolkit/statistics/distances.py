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
    first, second = _two_shares(p, q)
    middle = (first + second) / 2
    nats = (rel_entr(first, middle).sum() + rel_entr(second, middle).sum()) / 2
    return float(np.clip(nats / np.log(2), 0.0, 1.0))


def mean_absolute_deviation(p: ArrayLike) -> float:
    """Return the mean of |p - 1/K|: in [0, 2 (K - 1) / K**2], so never compare it across different K.

    Raises ValueError where `p` are not shares. Source: Cho et al. (2023), DALL-Eval, section 4.2.
    """
    shares = _shares(p)
    return float(np.abs(shares - 1 / len(shares)).mean())


def normalized_entropy(p: ArrayLike) -> float:
    """Return the entropy of `p` over log K: 1 where all groups are equal, 0 where one group is all.

    One group alone (K = 1) has nothing to vary: 1. Raises ValueError where `p` are not shares.
    OpenBias (D'Inca et al. 2024) reports 1 minus this.
    """
    shares = _shares(p)
    if len(shares) == 1:
        return 1.0
    return float(np.clip(entr(shares).sum() / np.log(len(shares)), 0.0, 1.0))


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
