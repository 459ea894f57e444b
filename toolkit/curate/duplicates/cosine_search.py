"""All pairs of unit vectors of a cosine or more, in k-means cells: never all pairs are compared.

The method of SemDeDup (Abbas et al., arXiv 2303.09540, section 3), which compares vectors within a cell only; here each
is compared with those of its nearest cells, so that copies on two sides of a border are found too. Up to
`EXACT_UP_TO` vectors there is one cell, and nothing is missed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.curate.duplicates.vector_file import Vectors

EXACT_UP_TO = 8192
PROBES = 4  # nearest cells that each vector is compared in
_SEED = 0
_TRAINED_ON = 40  # vectors a cell
_ITERATIONS = 6
_ROWS = 2048  # vectors read at a time: a block of 2048 x 2048 cosines is 16 MiB
_SLACK = 1e-4  # what float32 may err by in a cosine, and more


class CosinePairs(NamedTuple):
    """`first` and `second` (n,) are positions, `cosine` (n,) is in [-1, 1], off by float32's error at most."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    cosine: NDArray[np.float64]


class Cells(NamedTuple):
    """`centroids` (k, dimension); `members` are the positions of the vectors sorted by cell, int64 (n,); those of cell
    c are `members[starts[c] : starts[c + 1]]`."""

    centroids: NDArray[np.float32]
    members: NDArray[np.int64]
    starts: NDArray[np.int64]


def cell_count(size: int) -> int:
    """Return how many cells `size` vectors are put in: the number that costs least to fill and to search."""
    return 1 if size <= EXACT_UP_TO else round((PROBES * size) ** 0.5)


def make_cells(vectors: Vectors, count: int) -> Cells:
    """Return `vectors` (n, dimension) in `count` cells of spherical k-means, the same for the same vectors."""
    if count == 1 or len(vectors) <= count:
        return Cells(np.zeros((1, vectors.shape[1]), np.float32), np.arange(len(vectors)), np.array([0, len(vectors)]))
    import faiss

    chosen = np.random.default_rng(_SEED).permutation(len(vectors))[: _TRAINED_ON * count]
    means = faiss.Kmeans(
        vectors.shape[1], count, niter=_ITERATIONS, spherical=True, seed=_SEED, min_points_per_centroid=1
    )
    with one_thread():
        means.train(vectors[np.sort(chosen)])
    centroids = np.asarray(means.centroids, np.float32)
    cells = nearest_cells(vectors, centroids, 1)[:, 0]
    starts = np.concatenate([[0], np.cumsum(np.bincount(cells, minlength=count))])
    return Cells(centroids, np.argsort(cells, kind="stable"), starts)


def nearest_cells(vectors: Vectors, centroids: NDArray[np.float32], count: int) -> NDArray[np.int32]:
    """Return the `count` cells nearest to each vector (all of them where there are fewer), nearest first."""
    count = min(count, len(centroids))
    if count == len(centroids):
        return np.tile(np.arange(count, dtype=np.int32), (len(vectors), 1))
    import faiss

    index = faiss.IndexFlatIP(centroids.shape[1])
    index.add(centroids)
    found = np.empty((len(vectors), count), np.int32)
    with one_thread():
        for start in range(0, len(vectors), _ROWS):
            rows = np.arange(start, min(start + _ROWS, len(vectors)))
            found[rows] = index.search(vectors[rows], count)[1]
    return found


@contextmanager
def one_thread() -> Iterator[None]:
    """Let faiss compute on one thread: with more, the last bits of a sum depend on their number."""
    import faiss

    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def near_by_cosine(
    vectors: Vectors,
    queries: Vectors,
    cosine: float,
    cells: Cells,
) -> Iterator[CosinePairs]:
    """Yield, block by block, the pairs of a query (`first`) and a vector in `cells` (`second`) of `cosine` or more.

    A pair is found where the cell of the vector is among the `PROBES` nearest of the query; each pair comes once. Where
    `queries` are the vectors themselves, a pair may come both ways round, and each vector comes with itself.
    """
    probed = nearest_cells(queries, cells.centroids, PROBES)
    order = np.argsort(probed.ravel(), kind="stable")
    asking = order // probed.shape[1]
    ends = np.searchsorted(probed.ravel()[order], np.arange(len(cells.starts)))
    for cell in range(len(cells.starts) - 1):
        inside = cells.members[cells.starts[cell] : cells.starts[cell + 1]]
        outside = asking[ends[cell] : ends[cell + 1]]
        for left in range(0, len(inside), _ROWS):
            members = inside[left : left + _ROWS]
            held = vectors[members]
            for top in range(0, len(outside), _ROWS):
                rows = outside[top : top + _ROWS]
                yield _compared(queries[rows], held, rows, members, cosine)


def _compared(
    queries: NDArray[np.float32],
    vectors: NDArray[np.float32],
    rows: NDArray[np.int64],
    members: NDArray[np.int64],
    cosine: float,
) -> CosinePairs:
    """Return the pairs of one block; those near the limit are summed again, the same on any number of threads."""
    limit = cosine - 5e-5  # cosines are compared as they are shown, rounded to 1e-4
    rough = queries @ vectors.T
    first, second = np.nonzero(rough >= limit - _SLACK)
    found = rough[first, second].astype(np.float64)
    unsure = np.flatnonzero(found < limit + _SLACK)
    found[unsure] = cosines(queries, vectors, first[unsure], second[unsure])
    near = found >= limit
    return CosinePairs(rows[first[near]], members[second[near]], found[near])


def cosines(
    queries: Vectors,
    vectors: Vectors,
    first: NDArray[np.int64],
    second: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return the cosine of each pair of unit vectors, float64 (n,), the same bits on any number of threads."""
    found = np.empty(len(first))
    for start in range(0, len(first), _ROWS):
        some = slice(start, start + _ROWS)
        found[some] = (queries[first[some]].astype(np.float64) * vectors[second[some]]).sum(axis=1)
    return found
