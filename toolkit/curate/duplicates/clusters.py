"""Clusters of items that grow while pairs are found: union-find on arrays, with no loop over pairs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class Clusters:
    """The connected components of `size` items under the pairs joined so far, in 8 bytes an item.

    `parent` (int64) leads from an item towards the smallest item of its cluster: items with the same parent are in
    one cluster, those with different parents may be.
    """

    def __init__(self, size: int) -> None:
        self.parent = np.arange(size)

    def roots(self, items: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the smallest item of the cluster of each of `items`."""
        found = self.parent[items]
        while True:
            above = self.parent[found]
            if np.array_equal(above, found):
                break
            found = above
        self.parent[items] = found
        return found

    def apart(self, first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return whether `first[i]` and `second[i]` are in two clusters, for every i."""
        apart: NDArray[np.bool_] = self.roots(first) != self.roots(second)
        return apart

    def join(self, first: NDArray[np.int64], second: NDArray[np.int64]) -> None:
        """Join the cluster of `first[i]` with that of `second[i]`, for every i."""
        ends = self.roots(first), self.roots(second)
        apart = ends[0] != ends[1]
        if not apart.any():
            return
        roots, place = np.unique(np.concatenate([ends[0][apart], ends[1][apart]]), return_inverse=True)
        left, right = np.split(place, 2)
        self.parent[roots] = roots[_smallest(left, right, len(roots))]

    def labels(self) -> NDArray[np.int64]:
        """Return for each item the smallest item that it is joined to, itself if none: int64 (size,)."""
        return self.roots(np.arange(len(self.parent)))


def _smallest(first: NDArray[np.int64], second: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Return for each of `size` items the smallest that pairs lead to.

    Every item that has a smaller neighbour is led to it: each round at least halves what is still to be led.
    """
    smallest = np.arange(size)
    while True:
        ends = smallest[first], smallest[second]
        low, high = np.minimum(*ends), np.maximum(*ends)
        if np.array_equal(low, high):
            return smallest
        np.minimum.at(smallest, high, low)
        while not np.array_equal(further := smallest[smallest], smallest):
            smallest = further
