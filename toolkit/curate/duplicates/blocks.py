"""One band of a Hamming search: its buckets, the work cut into jobs, and the comparison of blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.curate.duplicates.bands import Band

Hashes = NDArray[np.uint64]
Items = NDArray[np.int64]
Found = tuple[Items, Items]
_BLOCK = 1 << 17  # hashes compared in one call: their differences fit a processor's cache
_JOB = 1 << 20  # comparisons in a job, which bounds what it can find
_ROWS = 16  # of a crowded bucket in a job at least, so that its neighbours are not gathered for every row
_CROWDED = 1 << 20  # comparisons from which on it pays to leave out what is joined already


class Job(NamedTuple):
    """Members `low` to `high` (places in the order of buckets) of one bucket, to be compared with its neighbours."""

    bucket: int
    low: int
    high: int


class _Buckets(NamedTuple):
    """Hashes in the order of their buckets, and the item of each; bucket b holds `starts[b]` to `starts[b + 1]`."""

    hashes: Hashes
    items: Items
    starts: Items

    @classmethod
    def of(cls, hashes: Hashes, band: Band) -> _Buckets:
        values = band.values(hashes).astype(np.uint16 if band.width <= 16 else np.uint32)
        order = np.argsort(values, kind="stable")
        sizes = np.bincount(values, minlength=1 << band.width)
        return cls(hashes[order], order, np.concatenate([[0], np.cumsum(sizes)]))


class BandSearch:
    """Finds the pairs within `distance` that the last of `bands` is the first to find.

    `right` is None for pairs within `left`. Items of the two whose `parents` are the same may be passed over.
    """

    def __init__(
        self,
        left: Hashes,
        right: Hashes | None,
        bands: Sequence[Band],
        distance: int,
        parents: tuple[Items, Items] | None,
    ) -> None:
        self._earlier, self._distance, self._parents = bands[:-1], distance, parents
        self._alone = right is None
        self._left = _Buckets.of(left, bands[-1])
        self._right = self._left if right is None else _Buckets.of(right, bands[-1])
        self._masks = bands[-1].masks()

    def jobs(self) -> Iterator[list[Job]]:
        """Yield lists of jobs of about equal work."""
        starts = self._left.starts
        buckets = np.flatnonzero(np.diff(starts))
        met = self._neighbours_met(buckets)
        buckets, met = buckets[met > 0], met[met > 0]
        if not len(buckets):
            return
        sizes = starts[buckets + 1] - starts[buckets]
        rows = np.maximum(np.maximum(_JOB // met, np.minimum(_ROWS, 4 * _JOB // met)), 1)
        parts = -(-sizes // rows)
        bucket, step = np.repeat(buckets, parts), np.repeat(rows, parts)
        part = np.arange(len(bucket)) - np.repeat(np.cumsum(parts) - parts, parts)
        low = starts[bucket] + part * step
        high = np.minimum(low + step, starts[bucket + 1])
        ends = np.cumsum((high - low) * np.repeat(met, parts)) // _JOB
        for some in np.split(np.stack([bucket, low, high], axis=1), np.flatnonzero(np.diff(ends)) + 1):
            yield [Job(*one) for one in some.tolist()]

    def pairs(self, jobs: list[Job]) -> Found:
        """Return the pairs of items that `jobs` find; within one set, the smaller first."""
        found = [pair for job in jobs for pair in self._of_job(job)]
        first = np.concatenate([np.zeros(0, np.int64), *(one[0] for one in found)])
        second = np.concatenate([np.zeros(0, np.int64), *(one[1] for one in found)])
        return (np.minimum(first, second), np.maximum(first, second)) if self._alone else (first, second)

    def _neighbours_met(self, buckets: Items) -> Items:
        """Return how many items each of `buckets` is compared with."""
        sizes = np.diff(self._right.starts)
        met = np.zeros(len(buckets), np.int64)
        for mask in self._masks:
            others = buckets ^ mask
            met += np.where(others >= buckets, sizes[others], 0) if self._alone else sizes[others]
        return met

    def _of_job(self, job: Job) -> Iterator[Found]:
        mine, theirs = np.arange(job.low, job.high), self._neighbours(job)
        if self._parents is None or len(mine) * len(theirs) < _CROWDED:
            yield from self._compare(mine, theirs)
            return
        my_parents = self._parents[0][self._left.items[mine]]
        their_parents = self._parents[1][self._right.items[theirs]]
        common = np.bincount(np.unique(my_parents, return_inverse=True)[1]).argmax()
        most = np.unique(my_parents)[common]
        yield from self._compare(mine[my_parents == most], theirs[their_parents != most])
        yield from self._compare(mine[my_parents != most], theirs)

    def _neighbours(self, job: Job) -> Items:
        """Return the places of all items that `job` is compared with, ascending within each bucket."""
        buckets = job.bucket ^ self._masks
        if self._alone:
            buckets = buckets[buckets >= job.bucket]
        starts, ends = self._right.starts[buckets], self._right.starts[buckets + 1]
        if self._alone:
            starts[0] = job.low  # its own bucket comes first; earlier members have met these already
        sizes = ends - starts
        return np.repeat(starts - (np.cumsum(sizes) - sizes), sizes) + np.arange(sizes.sum())

    def _compare(self, mine: Items, theirs: Items) -> Iterator[Found]:
        """Yield the items of `mine` and `theirs` (places) that are near, block by block."""
        if not len(mine) or not len(theirs):
            return
        ours, others = self._left.hashes[mine], self._right.hashes[theirs]
        width = min(len(theirs), _BLOCK)
        height = _BLOCK // width
        for top in range(0, len(mine), height):
            for left in range(0, len(theirs), width):
                apart = ours[top : top + height, None] ^ others[left : left + width]
                places = np.flatnonzero(np.bitwise_count(apart) <= self._distance)
                if len(places):
                    i, j = np.divmod(places, apart.shape[1])
                    yield self._new(apart.ravel()[places], mine[top + i], theirs[left + j])

    def _new(self, apart: NDArray[np.uint64], mine: Items, theirs: Items) -> Found:
        """Return the items of those pairs that no earlier band finds; within one set, each once."""
        new = mine < theirs if self._alone else np.ones(len(mine), bool)
        for band in self._earlier:
            new &= np.bitwise_count(band.values(apart)) > band.radius
        return self._left.items[mine[new]], self._right.items[theirs[new]]
