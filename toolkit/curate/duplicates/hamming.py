"""Near 64-bit hashes, exactly and without comparing all pairs: among one set, between two, or as clusters.

Hashes lie sorted in buckets, one table a band (see `bands`); the members of a bucket are compared with those of all
neighbouring buckets in blocks that fit a processor's cache, on all processors. A pair is reported once: by the first
band that finds it.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from toolkit.curate.duplicates.banded_join import PartByPart
from toolkit.curate.duplicates.bands import HASH_BITS, choose_bands
from toolkit.curate.duplicates.blocks import BandSearch, Found, Hashes, Items, Job
from toolkit.curate.duplicates.clusters import Clusters

Accept = Callable[[Items, Items], NDArray[np.bool_]]
_OFFERED = 1 << 16  # pairs shown to `accept` at a time, which bounds its memory
_FIRST_OFFERED = 1 << 10  # at first, so that what they join need not be compared


def near_pairs(hashes: Hashes, distance: int) -> Iterator[tuple[Items, Items]]:
    """Yield (i, j) arrays, i < j, that together hold each pair of `hashes` (n,) within `distance` bits once.

    Equal hashes are pairs too. Raises ValueError for a distance outside 0 to 64.
    """
    yield from search(hashes, None, distance)


def join_near(hashes: Hashes, distance: int, accept: Accept, large: PartByPart | None = None) -> Items:
    """Return the smallest item of the cluster of each of `hashes`, int64 (n,).

    Two items are joined where their hashes are within `distance` bits and `accept(i, j)`, which is given arrays of
    items and returns one bool a pair, says so. Pairs that others have joined already are not looked at, so that a
    ball of a million near hashes costs no 10**12 comparisons. `large`: see `search`.
    """
    clusters = Clusters(len(hashes))
    join_found(clusters, search(hashes, None, distance, clusters, large), accept)
    return clusters.labels()


def join_found(clusters: Clusters, found: Iterable[Found], accept: Accept) -> None:
    """Join the items of those pairs in `found` that are still apart and that `accept` confirms."""
    for first, second in _gathered(found):
        start, size = 0, _FIRST_OFFERED
        while start < len(first):
            some = slice(start, start + size)
            apart = clusters.apart(first[some], second[some])
            i, j = first[some][apart], second[some][apart]
            if len(i):
                accepted = accept(i, j)
                clusters.join(i[accepted], j[accepted])
            start, size = start + size, min(2 * size, _OFFERED)


def search(
    left: Hashes,
    right: Hashes | None,
    distance: int,
    clusters: Clusters | None = None,
    large: PartByPart | None = None,
) -> Iterator[Found]:
    """Yield the pairs (i, j) of `left[i]` and `right[j]` (None: of `left` alone) within `distance` bits.

    With `clusters` over their numbers, pairs that are joined already are passed over where that is cheap to tell.
    Searches that are `large` are done part by part (None: none is).
    """
    if not 0 <= distance <= HASH_BITS:
        raise ValueError(f"distance is {distance}; hashes have {HASH_BITS} bits")
    other = left if right is None else right
    if not len(left) or not len(other):
        return
    if large is not None and max(len(left), len(other)) >= large.least:
        yield from large.search(left, right, distance, clusters)
        return
    bands = choose_bands(len(left), len(other), distance)
    parents = None if clusters is None else (clusters.parent, clusters.parent)
    for place in range(len(bands)):
        one = BandSearch(left, right, bands[: place + 1], distance, parents)
        yield from _on_all_processors(one.pairs, one.jobs())


def _on_all_processors(work: Callable[[list[Job]], Found], jobs: Iterable[list[Job]]) -> Iterator[Found]:
    """Yield the non-empty results of `work` in the order of `jobs`, a few of them ahead."""
    threads = len(os.sched_getaffinity(0))
    waiting: deque[Future[Found]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for job in jobs:
            waiting.append(pool.submit(work, job))
            if len(waiting) > 2 * threads:
                yield from _if_any(waiting.popleft().result())
        while waiting:
            yield from _if_any(waiting.popleft().result())


def _if_any(found: Found) -> Iterator[Found]:
    if len(found[0]):
        yield found


def _gathered(found: Iterable[Found]) -> Iterator[Found]:
    """Yield the same pairs in larger arrays."""
    held: list[Found] = []
    size = 0
    for one in found:
        held.append(one)
        size += len(one[0])
        if size >= _OFFERED:
            yield np.concatenate([first for first, _ in held]), np.concatenate([second for _, second in held])
            held, size = [], 0
    if held:
        yield np.concatenate([first for first, _ in held]), np.concatenate([second for _, second in held])
