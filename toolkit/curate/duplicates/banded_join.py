"""The Hamming search of many hashes part by part: each part is joined alone, wherever an engine has workers.

The hashes are dealt once a band (see `bands`) to 2**p parts on disk, by the first p bits of the band. Of two hashes
that the band finds, these bits differ in no more places than the band may: so a part is compared with those parts only
whose numbers are within the band's radius, and a hash is stored once a band, where dealing it to the buckets of all its
neighbours would store it hundreds of times. What each worker holds, and the pairs that it answers with, are bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.curate.duplicates.bands import WIDE, Band, choose_bands
from toolkit.curate.duplicates.blocks import BandSearch, Found, Hashes, Items
from toolkit.curate.duplicates.clusters import Clusters
from toolkit.curate.duplicates.partitions import DEALT_AT_ONCE, Partitions, partitions
from toolkit.engine.engine import Engine

PARTITIONED_FROM = 1 << 20  # hashes: fewer are searched sooner in one process, by threads
PARTITIONED_HERE_FROM = 1 << 25  # the same where all workers are of one machine: wider bands pay from here on
_PART = 1 << 17  # hashes of a part
_OTHERS = 1 << 22  # hashes that a part is compared with in one task: 64 MiB of them with their numbers
_ANSWER = 1 << 20  # pairs that a worker answers with, 16 MiB; what is left of its task is a task of its own


@dataclass(frozen=True)
class PartByPart:
    """Searches of `least` hashes or more are done part by part by the workers of `engine`; parts lie in a nameless file
    in `folder` (None: in that for temporary files). `parts`: how many a band, a power of two; None: by their number."""

    engine: Engine
    folder: Path | None = None
    least: int = PARTITIONED_FROM
    parts: int | None = None

    def search(
        self, left: Hashes, right: Hashes | None, distance: int, clusters: Clusters | None = None
    ) -> Iterator[Found]:
        """Yield the pairs (i, j) of `left[i]` and `right[j]` (None: of `left` alone) within `distance` bits, each once.

        With `clusters` over their numbers, pairs that were joined when their part was sent may be passed over.
        """
        larger = max(len(left), 0 if right is None else len(right))
        bands = choose_bands(len(left), len(left if right is None else right), distance, WIDE)
        bits = max(0, (larger - 1) // _PART).bit_length() if self.parts is None else self.parts.bit_length() - 1
        with ExitStack() as stack:
            tables = [_Dealt(stack, self.folder, bands, bits, hashes) for hashes in (left, right) if hashes is not None]
            search = _Search(bands, distance, tables[0], tables[-1], right is None, clusters)
            left_over = search.keys()
            while True:
                rest: list[_Key] = []
                for answer in self.engine.map_batches(_finder, map(search.task, left_over)):
                    if answer.rest is not None:
                        rest.append(answer.rest)
                    if len(answer.first):
                        yield answer.first, answer.second
                if not rest:
                    return
                left_over = iter(rest)


class _Key(NamedTuple):
    """A task by its numbers: the `part` of a band, compared with the hashes `low` to `high` of the other parts near it,
    from that list of jobs on which is number `begin`."""

    band: int
    part: int
    low: int
    high: int
    begin: int


class _Task(NamedTuple):
    """What travels to a worker: hashes of a part (n,) and of others (m,), their numbers, and the clusters of these as
    `parents`."""

    key: _Key
    bands: tuple[Band, ...]
    distance: int
    left: Hashes
    right: Hashes
    items: tuple[Items, Items]
    parents: tuple[Items, Items] | None
    alone: bool


class _Answer(NamedTuple):
    first: Items
    second: Items
    rest: _Key | None


def _finder() -> Callable[[_Task], _Answer]:
    return _find


def _find(task: _Task) -> _Answer:
    """Return the pairs of `task`, about as many as an answer may hold, and what is left of it."""
    one = BandSearch(task.left, task.right, task.bands, task.distance, task.parents)
    found: list[Found] = [(np.zeros(0, np.int64), np.zeros(0, np.int64))]
    rest: _Key | None = None
    for number, jobs in enumerate(one.jobs()):
        if number < task.key.begin:
            continue
        if sum(len(first) for first, _ in found) >= _ANSWER:
            rest = task.key._replace(begin=number)
            break
        found.append(_of_task(task, one.pairs(jobs)))
    first, second = (np.concatenate(each) for each in zip(*found, strict=True))
    return _Answer(first, second, rest)


def _of_task(task: _Task, pairs: Found) -> Found:
    """Return those of `pairs` that are not joined, as numbers of the whole; of one set each once, the smaller number
    first."""
    first, second = pairs
    if task.parents is not None:
        apart = task.parents[0][first] != task.parents[1][second]
        first, second = first[apart], second[apart]
    i, j = task.items[0][first], task.items[1][second]
    if not task.alone:
        return i, j
    new = second + task.key.low > first  # the part comes first among the others
    return np.minimum(i[new], j[new]), np.maximum(i[new], j[new])


class _Dealt:
    """The hashes of one set with their numbers, dealt to parts by the first `bits` of each of `bands` when asked."""

    def __init__(
        self, stack: ExitStack, folder: Path | None, bands: tuple[Band, ...], bits: int, hashes: Hashes
    ) -> None:
        self._stack, self._folder, self._bands, self._hashes = stack, folder, bands, hashes
        self._bits = [min(bits, band.width) for band in bands]
        self._parts: dict[int, Partitions] = {}

    def bits(self, band: int) -> int:
        """Return how many bits of `band` a part has in common."""
        return self._bits[band]

    def of(self, band: int) -> Partitions:
        """Return the parts of `band`."""
        if band not in self._parts:
            self._parts[band] = self._stack.enter_context(partitions(self._folder, 2, 1 << self._bits[band]))
            shift = np.uint64(self._bands[band].width - self._bits[band])
            for start in range(0, len(self._hashes), DEALT_AT_ONCE):
                some = self._hashes[start : start + DEALT_AT_ONCE]
                records = np.stack([some, np.arange(start, start + len(some), dtype=np.uint64)], axis=1)
                self._parts[band].deal(records, (self._bands[band].values(some) >> shift).astype(np.int64))
        return self._parts[band]


class _Search(NamedTuple):
    """A search in parts: `left` and `right` are the same where they are searched `alone`."""

    bands: tuple[Band, ...]
    distance: int
    left: _Dealt
    right: _Dealt
    alone: bool
    clusters: Clusters | None

    def keys(self) -> Iterator[_Key]:
        """Yield all tasks, band by band."""
        for band in range(len(self.bands)):
            mine, theirs = self.left.of(band).sizes(), self.right.of(band).sizes()
            for part in np.flatnonzero(mine).tolist():
                size = int(theirs[self._near(band, part)].sum())
                for low in range(0, size, _OTHERS):
                    yield _Key(band, part, low, min(low + _OTHERS, size), 0)

    def task(self, key: _Key) -> _Task:
        """Return a task with all that it needs, and what is joined by now."""
        mine, theirs = self.left.of(key.band), self.right.of(key.band)
        left = mine.part(key.part)
        right = self._stretch(theirs, self._near(key.band, key.part), key.low, key.high)
        items = left[:, 1].astype(np.int64), right[:, 1].astype(np.int64)
        parents = None if self.clusters is None else (self.clusters.roots(items[0]), self.clusters.roots(items[1]))
        hashes = np.ascontiguousarray(left[:, 0]), np.ascontiguousarray(right[:, 0])
        return _Task(key, self.bands[: key.band + 1], self.distance, *hashes, items, parents, self.alone)

    def _near(self, band: int, part: int) -> NDArray[np.int64]:
        """Return the parts that may hold neighbours of those in `part`, itself first; of one set those above only."""
        all_parts = np.arange(1 << self.right.bits(band))
        apart = np.bitwise_count(all_parts ^ part)
        near = all_parts[apart <= self.bands[band].radius]
        near = near[near >= part] if self.alone else near
        return np.asarray(near[np.argsort(near != part, kind="stable")], np.int64)

    @staticmethod
    def _stretch(parts: Partitions, numbers: NDArray[np.int64], low: int, high: int) -> NDArray[np.uint64]:
        """Return the records `low` to `high` of the parts `numbers`, one after the other."""
        ends = np.cumsum(parts.sizes()[numbers])
        starts = ends - parts.sizes()[numbers]
        wanted = np.flatnonzero((ends > low) & (starts < high))
        found = [
            parts.part(int(numbers[one]))[max(low - starts[one], 0) : high - starts[one]] for one in wanted.tolist()
        ]
        return np.concatenate([np.zeros((0, 2), np.uint64), *found])
