"""The difference of the means of two groups, within strata, where some values come from the same draw."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from toolkit.statistics.corrections import Estimate

PERMUTATIONS = 999
SEED = 20_231
_NEAR = 1e-9
Reals = NDArray[np.float64]


class GroupDifference(NamedTuple):
    """`difference` of means with its interval; `floor` is the mean distance from 0 of groups dealt out anew, `p` how
    often these lie as far; `units` is how many independent values there were."""

    difference: Estimate
    floor: float
    p: float
    units: int


def group_difference(
    values: ArrayLike, first: ArrayLike, strata: ArrayLike, draws: ArrayLike, confidence: float = 0.95
) -> GroupDifference | None:
    """Return by how much the mean of `values` (n,) is greater where `first` (n,) than elsewhere, within `strata` (n,).

    The differences of strata that have both groups are weighted by a b / (a + b) for a and b units: least squares with
    an effect of each stratum. Values of one draw, stratum and group are averaged into one unit. The interval is
    Student's t with an error that holds unequal variances and draws of both groups (clustered: Liang and Zeger 1986,
    Biometrika 73); `p` deals groups out anew within strata, 999 times. None where no stratum has both groups, or where
    fewer than four units are left. Raises ValueError for unequal lengths.
    """
    from scipy.stats import t  # slow to import

    given = [np.asarray(one) for one in (values, first, strata, draws)]
    if any(one.shape != given[0].shape or one.ndim != 1 for one in given):
        raise ValueError(f"arrays of shapes {[one.shape for one in given]} do not go together; give one row a picture")
    number, group, stratum, draw = _units(*given)
    if len(number) < 4:
        return None
    centred = group - _stratum_means(group, stratum)
    size = float(centred @ centred)
    found = float(centred @ number) / size
    residual = number - _stratum_means(number, stratum) - found * centred
    clusters = int(draw.max()) + 1
    scores = np.bincount(draw, centred * residual)
    spare = len(number) - (int(stratum.max()) + 1) - 1
    if spare < 1 or clusters < 2:
        return None
    scale = clusters / (clusters - 1) * (len(number) - 1) / spare
    error = float(np.sqrt(scale * (scores**2).sum())) / size
    half = float(t.ppf(0.5 + confidence / 2, min(clusters - 1, spare))) * error
    dealt = _dealt(number - _stratum_means(number, stratum), group, stratum) / size
    extreme = int((np.abs(dealt) >= abs(found) - _NEAR).sum())
    estimate = Estimate(found, found - half, found + half)
    return GroupDifference(estimate, float(np.abs(dealt).mean()), (extreme + 1) / (PERMUTATIONS + 1), len(number))


def _units(
    values: Reals, first: Reals, strata: Reals, draws: Reals
) -> tuple[Reals, Reals, NDArray[np.intp], NDArray[np.intp]]:
    """Return the values averaged by stratum, draw and group, of the strata that have both groups."""
    codes = [np.unique(one, return_inverse=True)[1].ravel() for one in (strata, draws, first.astype(bool))]
    keys, unit = np.unique(np.stack(codes), axis=1, return_inverse=True)
    unit = unit.ravel()
    means = np.bincount(unit, values) / np.bincount(unit)
    group = np.zeros(keys.shape[1])
    group[unit] = first.astype(np.float64)
    both = np.array([np.unique(group[keys[0] == one]).size > 1 for one in keys[0]], np.bool_)
    stratum, draw = (np.unique(keys[row, both], return_inverse=True)[1].ravel() for row in (0, 1))
    return means[both], group[both], stratum, draw


def _stratum_means(values: Reals, stratum: NDArray[np.intp]) -> Reals:
    return np.asarray((np.bincount(stratum, values) / np.bincount(stratum))[stratum])


def _dealt(centred: Reals, group: Reals, stratum: NDArray[np.intp]) -> Reals:
    """Return the sums of `centred` over the first group, dealt out anew within strata, (PERMUTATIONS,)."""
    stream = np.random.default_rng(SEED)
    total = np.zeros(PERMUTATIONS)
    for one in range(int(stratum.max()) + 1):
        inside = stratum == one
        dealt = stream.permuted(np.broadcast_to(group[inside], (PERMUTATIONS, int(inside.sum()))), axis=1)
        total += dealt @ centred[inside]
    return total
