"""Clusters of copies by union-find, and which copy of a cluster stays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray


def clusters(size: int, pairs: Iterable[tuple[int, int]]) -> NDArray[np.int64]:
    """Return for each of `size` items the smallest item that it is joined to by `pairs`, itself if none: (size,)."""
    parent = list(range(size))

    def root(item: int) -> int:
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    for first, second in pairs:
        low, high = sorted((root(first), root(second)))
        parent[high] = low
    return np.array([root(item) for item in range(size)], dtype=np.int64)


def keepers(labels: NDArray[np.int64], pixels: Sequence[int], sample_ids: Sequence[str]) -> NDArray[np.int64]:
    """Return for each item the item of its cluster that stays: the one with most pixels, then the first sample_id."""
    best: dict[int, int] = {}
    for item, label in enumerate(labels.tolist()):
        held = best.setdefault(label, item)
        if (-pixels[item], sample_ids[item]) < (-pixels[held], sample_ids[held]):
            best[label] = item
    return np.array([best[label] for label in labels.tolist()], dtype=np.int64)
