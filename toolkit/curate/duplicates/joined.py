"""Clusters that grow while pairs are found, in memory bounded by the number of items, not of pairs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_HELD = 1 << 20  # pairs held before they are merged into the labels


class Joined:
    """The connected components of `size` items under the pairs added so far."""

    def __init__(self, size: int) -> None:
        self._labels = np.arange(size)
        self._held: list[NDArray[np.int64]] = []
        self._count = 0

    def add(self, first: NDArray[np.int64], second: NDArray[np.int64]) -> None:
        """Join item `first[i]` and item `second[i]`, for every i."""
        ends = self._labels[first], self._labels[second]
        apart = ends[0] != ends[1]
        if not apart.any():
            return
        edges = np.unique(np.minimum(*ends)[apart] * len(self._labels) + np.maximum(*ends)[apart])
        self._held.append(edges)
        self._count += len(edges)
        if self._count > _HELD + len(self._labels):
            self._merge()

    def labels(self) -> NDArray[np.int64]:
        """Return for each item the smallest item that it is joined to, itself if none: int64 (size,)."""
        self._merge()
        return self._labels

    def _merge(self) -> None:
        if not self._held:
            return
        import scipy.sparse.csgraph

        size = len(self._labels)
        ends = np.divmod(np.concatenate(self._held), size)
        graph = scipy.sparse.coo_array((np.ones(len(ends[0]), bool), ends), shape=(size, size))
        component = scipy.sparse.csgraph.connected_components(graph, directed=False)[1][self._labels]
        _, first, place = np.unique(component, return_index=True, return_inverse=True)
        self._labels, self._held, self._count = first[place], [], 0
