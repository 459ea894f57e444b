"""How far a share moved between two paintings of the same noise, and which part of its way to a target that is."""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from toolkit.statistics.corrections import Estimate
from toolkit.statistics.intervals import normal_quantile

Reals = NDArray[np.float64]


class MovedShare(NamedTuple):
    """`change` is the share after minus the share before. `closed` is the change over the way from the share before to
    the target: 0 where nothing moved, 1 at the target, more beyond it; None where the share before is not told apart
    from the target, so that there was no way to go. Of `pairs` that were told on both sides `gained` the group and
    `lost` it."""

    change: Estimate
    closed: Estimate | None
    pairs: int
    gained: int
    lost: int


class _Errors(NamedTuple):
    """Variances of a change and of a way to a target, and their covariance."""

    change: float
    way: float
    both: float


def moved_share(
    before: ArrayLike, after: ArrayLike, seeds: ArrayLike, target: float, confidence: float = 0.95
) -> MovedShare:
    """Return how far a share moved: `before` and `after` (n,) are 1 for a picture of the group, 0 for one of another,
    NaN for one that could not be told or is not there; `seeds` (n,) name the noise, pictures of one being alike.

    Each side counts all pictures that it tells. Two pairs that changed in opposite ways are added before errors are
    taken, and the errors are sums over seeds; so the interval of the change is that of Bonett and Price (2012), see
    `paired_difference`, where every picture is told on both sides and has its own seed. The interval of `closed` is
    Fieller's (1954, JRSS B 16), of the same shares and errors, with Student's t of as many seeds as there are but one;
    where it has no ends there is none. Of a start hardly told apart from the target it is seldom there, and then surer
    than it should be. Raises ValueError for unequal lengths, a side without a told picture, or a target outside [0, 1].
    """
    first, second = np.asarray(before, np.float64), np.asarray(after, np.float64)
    names = np.asarray(seeds)
    if not first.shape == second.shape == names.shape or first.ndim != 1:
        raise ValueError(f"{first.shape} before, {second.shape} after, {names.shape} seeds; give one of each a picture")
    told_before, told_after = ~np.isnan(first), ~np.isnan(second)
    if not (told_before.any() and told_after.any()):
        raise ValueError("a side has no picture that could be told; give at least one before and one after")
    if not 0 <= target <= 1:
        raise ValueError(f"a target of {target} is impossible; give a share in [0, 1]")
    share_before, share_after = float(first[told_before].mean()), float(second[told_after].mean())
    one, two, errors = _smoothed(first, second, names)
    z = normal_quantile(0.5 + confidence / 2)
    change, reach = share_after - share_before, z * sqrt(errors.change)
    ends = max(-1.0, two - one - reach), min(1.0, two - one + reach)
    both = told_before & told_after
    return MovedShare(
        Estimate(change, min(change, ends[0]), max(change, ends[1])),
        _ratio(
            change, target - share_before, two - one, target - one, errors, _student(len(np.unique(names)), confidence)
        ),
        int(both.sum()),
        int((both & (second > first)).sum()),
        int((both & (second < first)).sum()),
    )


def moved_estimates(before: Estimate, after: Estimate, target: float, confidence: float = 0.95) -> Estimate | None:
    """Return as `closed` of `moved_share` which part of the way to `target` independent estimates of a share moved,
    whose errors are those that their intervals imply; None where there was no way to go."""
    z = normal_quantile(0.5 + confidence / 2)
    of_before, of_after = (((one.high - one.low) / 2 / z) ** 2 for one in (before, after))
    change, way = after.value - before.value, target - before.value
    return _ratio(change, way, change, way, _Errors(of_before + of_after, of_before, of_before), z)


def _smoothed(first: Reals, second: Reals, seeds: NDArray[np.generic]) -> tuple[float, float, _Errors]:
    """Return both shares with the two pairs added, and the errors of their change and of the way from the first."""
    first, second = np.append(first, (1.0, 0.0)), np.append(second, (0.0, 1.0))
    _, cluster = np.unique(seeds, return_inverse=True)
    count = int(cluster.max(initial=-1)) + 1
    cluster = np.append(cluster, (count, count + 1))
    shares, parts = [], []
    alone = True
    for values in (first, second):
        told = ~np.isnan(values)
        share = float(values[told].mean())
        parts.append(np.bincount(cluster[told], (values[told] - share) / told.sum(), count + 2))
        shares.append(share)
        alone = alone and np.bincount(cluster[told]).max() == 1
    scale = 1.0 if alone else (count + 2) / (count + 1)
    change, way = parts[1] - parts[0], -parts[0]
    return shares[0], shares[1], _Errors(*(scale * float(one) for one in (change @ change, way @ way, change @ way)))


def _student(seeds: int, confidence: float) -> float:
    from scipy.stats import t  # slow to import

    return float(t.ppf(0.5 + confidence / 2, max(1, seeds - 1)))


def _ratio(change: float, way: float, centre: float, centre_way: float, errors: _Errors, z: float) -> Estimate | None:
    """Return change / way with Fieller's interval around centre / centre_way; None where it has no ends."""
    a = centre_way**2 - z * z * errors.way
    if a <= 0 or way == 0:
        return None
    b = centre * centre_way - z * z * errors.both
    c = centre**2 - z * z * errors.change
    root = sqrt(max(0.0, b * b - a * c))
    value = change / way
    return Estimate(value, min(value, (b - root) / a), max(value, (b + root) / a))
