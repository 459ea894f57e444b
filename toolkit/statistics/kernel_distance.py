"""How far two sets of pictures lie apart in the features of a network, with an interval."""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from toolkit.statistics.intervals import Interval


class KernelDistance(NamedTuple):
    """The squared distance of `n` and `m` features, and its interval; about 0, or below, for two sets of one kind."""

    value: float
    interval: Interval
    n: int
    m: int


def kernel_distance(x: ArrayLike, y: ArrayLike, confidence: float = 0.95) -> KernelDistance:
    """Return the unbiased squared maximum mean discrepancy of features `x` (n, d) and `y` (m, d).

    The kernel is (x . y / d + 1)**3: the Kernel Inception Distance of Binkowski et al. (arXiv 1801.01401, 4), here of
    whatever features are given. It has no bias, however few there are, which Frechet distances have. The interval is
    that of the jackknife of a two-sample U-statistic (Arvesen 1969): normal, for sets that do differ.
    Raises ValueError for fewer than three features a set, or of different length.
    """
    first, second = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if first.ndim != 2 or second.ndim != 2 or first.shape[1:] != second.shape[1:]:
        raise ValueError(f"features {first.shape} and {second.shape} cannot be compared; give (n, d) and (m, d)")
    n, m = len(first), len(second)
    if min(n, m) < 3:
        raise ValueError(f"{n} and {m} features are too few for a distance with an interval; give at least 3 of each")
    own_x, own_y, between = _within(first), _within(second), _kernel(first, second)
    total_x, total_y, total = own_x.sum(), own_y.sum(), between.sum()
    within_x, within_y, across = total_x / (n * (n - 1)), total_y / (m * (m - 1)), total / (n * m)
    without_x = _left_out(own_x, total_x) + within_y - 2 * (total - between.sum(1)) / ((n - 1) * m)
    without_y = _left_out(own_y, total_y) + within_x - 2 * (total - between.sum(0)) / ((m - 1) * n)
    value = float(within_x + within_y - 2 * across)
    half = float(ndtri(0.5 + confidence / 2)) * sqrt(_jackknife(without_x) + _jackknife(without_y))
    return KernelDistance(value, Interval(value - half, value + half), n, m)


def _kernel(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray((x @ y.T / x.shape[1] + 1) ** 3, np.float64)


def _within(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each feature the sum of its kernels with the others."""
    kernels = _kernel(x, x)
    np.fill_diagonal(kernels, 0)
    return np.asarray(kernels.sum(1), np.float64)


def _left_out(sums: NDArray[np.float64], total: float) -> NDArray[np.float64]:
    """Return the mean kernel of all pairs without each feature in turn."""
    rest = len(sums) - 1
    return (total - 2 * sums) / (rest * (rest - 1))


def _jackknife(without: NDArray[np.float64]) -> float:
    return float((len(without) - 1) / len(without) * ((without - without.mean()) ** 2).sum())
