"""Numbers of many rows dealt to parts on disk, so that each part is joined alone: memory holds one at a time."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from toolkit.curate.duplicates.stretches import read_stretches

DEALT_AT_ONCE = 1 << 16  # records: what is sorted and written together
Records = NDArray[np.uint64]


class Partitions:
    """Records of `width` numbers in `count` parts of `file`, 65,536 at most; those of a part stay in the order in which
    they were dealt.

    In memory are some records that wait to be written, and 8 bytes a part for each 65,536.
    """

    def __init__(self, file: IO[bytes], width: int, count: int) -> None:
        self._file, self._width, self._count = file, width, count
        self._sizes: list[NDArray[np.int64]] = []
        self._held: list[tuple[Records, NDArray[np.int64]]] = []

    def deal(self, records: Records, parts: NDArray[np.int64]) -> None:
        """Add `records` (n, width) to `parts` (n,), numbers from 0 to the count of parts."""
        self._held.append((records, parts))
        if sum(len(one) for _, one in self._held) >= DEALT_AT_ONCE:
            self._write()

    def _write(self) -> None:
        if not self._held:
            return
        records, parts = (each[0] if len(each) == 1 else np.concatenate(each) for each in zip(*self._held, strict=True))
        self._held.clear()
        self._sizes.append(np.bincount(parts, minlength=self._count))
        self._file.write(records[np.argsort(parts.astype(np.uint16), kind="stable")].data)

    def sizes(self) -> NDArray[np.int64]:
        """Return how many records each part holds, int64 (count,)."""
        self._write()
        return np.asarray(np.sum([np.zeros(self._count, np.int64), *self._sizes], axis=0), np.int64)

    def part(self, number: int) -> Records:
        """Return the records of a part, uint64 (n, width)."""
        self._write()
        self._file.flush()
        found = np.empty((int(sum(one[number] for one in self._sizes)), self._width), np.uint64)
        start = done = 0
        for sizes in self._sizes:
            size = int(sizes[number])
            if size:
                offset = (start + int(sizes[:number].sum())) * 8 * self._width
                into = found[done : done + size].view(np.uint8).reshape(1, -1)
                read_stretches(self._file, np.array([offset]), into)
            start, done = start + int(sizes.sum()), done + size
        return found


@contextmanager
def partitions(folder: Path | None, width: int, count: int) -> Iterator[Partitions]:
    """Yield `count` empty parts for records of `width` numbers, in a nameless file in `folder` (None: in that for
    temporary files)."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file:
        yield Partitions(file, width, count)
