"""How near one set of pictures is to another in the features of a network: distances, and which lie where the others
do."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

NEIGHBOURS = 3  # for precision and recall
NEIGHBOURS_OF_DENSITY = 5
GROUPS = 20
Reals = NDArray[np.float64]


class Manifolds(NamedTuple):
    """Whether pictures of one set lie among those of the other; all but `density` in [0, 1].

    precision  share of the model's pictures within a neighbourhood of a data picture
    recall     share of the data's pictures within a neighbourhood of one of the model's
    density    mean number of neighbourhoods of data pictures that a model's picture lies in, over k; 1 for one kind
    coverage   share of the data's pictures whose neighbourhood holds one of the model's
    """

    precision: float
    recall: float
    density: float
    coverage: float


def frechet_distance(x: ArrayLike, y: ArrayLike) -> float:
    """Return the squared Frechet distance of the normal distributions of features `x` (n, d) and `y` (m, d).

    |mean x - mean y|^2 + tr(X + Y - 2 (X Y)^(1/2)), with covariances of n - 1. It is biased upwards, the more the fewer
    pictures, so that only sets of equal size compare. Raises ValueError where a set has no more pictures than features:
    its covariance would be singular. Source: Heusel et al. (2017), arXiv 1706.08500 (FID).
    """
    first, second = _features(x, y)
    size = first.shape[1]
    if min(len(first), len(second)) <= size:
        raise ValueError(
            f"a covariance of {size} features takes more than {size} pictures; there are {len(first)} and {len(second)}"
        )
    one, other = np.cov(first, rowvar=False).reshape(size, size), np.cov(second, rowvar=False).reshape(size, size)
    values, vectors = np.linalg.eigh(one)
    root = (vectors * np.sqrt(values.clip(0.0))) @ vectors.T
    both = np.sqrt(np.linalg.eigvalsh(root @ other @ root).clip(0.0)).sum()
    off = first.mean(axis=0) - second.mean(axis=0)
    return float(max(0.0, off @ off + np.trace(one) + np.trace(other) - 2 * both))


def manifolds(
    model: ArrayLike, data: ArrayLike, nearest: int = NEIGHBOURS, nearest_of_density: int = NEIGHBOURS_OF_DENSITY
) -> Manifolds:
    """Return precision, recall, density and coverage of the features `model` (n, d) against `data` (m, d).

    The neighbourhood of a picture reaches to the k-th nearest other one of its own set (Euclidean). The order of the
    arguments matters: exchanged, precision and recall are exchanged. Raises ValueError for sets of no more than k
    pictures. Source: Kynkaanniemi et al. (2019), arXiv 1904.06991 (k = 3); Naeem et al. (2020), arXiv 2002.09797
    (k = 5).
    """
    painted, real = _features(model, data)
    most = max(nearest, nearest_of_density)
    if min(len(painted), len(real)) <= most:
        raise ValueError(f"{len(painted)} and {len(real)} pictures; more than {most} of each are needed")
    own, other = _distances(painted, painted), _distances(real, real)
    across = _distances(painted, real)  # (n, m)
    reach, wide = (np.partition(other, k, axis=1)[:, k] for k in (nearest, nearest_of_density))
    back = np.partition(own, nearest, axis=1)[:, nearest]
    within = across <= wide
    return Manifolds(
        precision=float((across <= reach).any(axis=1).mean()),
        recall=float((across <= back[:, None]).any(axis=0).mean()),
        density=float(within.sum() / (nearest_of_density * len(painted))),
        coverage=float(within.any(axis=0).mean()),
    )


class Jackknifed(NamedTuple):
    """Standard errors, and from how many degrees of freedom they are known."""

    errors: Reals
    freedom: int

    def half_widths(self, confidence: float = 0.95) -> Reals:
        """Return how far intervals of Student's t reach to either side of a figure."""
        from scipy.stats import t  # slow to import

        return np.asarray(t.ppf(0.5 + confidence / 2, self.freedom) * self.errors)


def grouped_jackknife(measure: Callable[[NDArray[np.intp]], Reals], clusters: ArrayLike) -> Jackknifed:
    """Return the standard errors of `measure`, a function of which of n rows are there, by leaving groups of them out.

    Rows of one cluster (n,) go together; clusters are dealt out to at most 20 groups in turn. Raises ValueError for
    fewer than two clusters. Source: Kott (2001), Journal of Official Statistics 17, 521-526 (delete-a-group jackknife,
    with Student's t of one less than the groups).
    """
    _, cluster = np.unique(np.asarray(clusters), return_inverse=True)
    groups = min(GROUPS, int(cluster.max(initial=-1)) + 1)
    if groups < 2:
        raise ValueError("one cluster alone cannot be left out; give pictures of at least two draws")
    left = np.stack([measure(np.flatnonzero(cluster % groups != one)) for one in range(groups)])
    spread = ((left - left.mean(axis=0)) ** 2).sum(axis=0)
    return Jackknifed(np.asarray(np.sqrt((groups - 1) / groups * spread)), groups - 1)


def _distances(x: Reals, y: Reals) -> Reals:
    from scipy.spatial.distance import cdist  # slow to import; exact, so that equal pictures are at one place

    return np.asarray(cdist(x, y))


def _features(x: ArrayLike, y: ArrayLike) -> tuple[Reals, Reals]:
    first, second = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if first.ndim != 2 or second.ndim != 2 or first.shape[1:] != second.shape[1:] or first.shape[1] == 0:
        raise ValueError(f"features {first.shape} and {second.shape} cannot be compared; give (n, d) and (m, d)")
    return first, second
