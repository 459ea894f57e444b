"""Fingerprints on disk while rows are compared: memory holds their 64-bit hashes, whatever they are made of."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit.curate.duplicates.colours import grid_bytes
from toolkit.curate.duplicates.shown import CONTENT_SIDE
from toolkit.curate.duplicates.stretches import read_stretches
from toolkit.curate.duplicates.views import VIEWS

FINGERPRINT = "fingerprint"  # the column that names a fingerprint
LOOKS = ("view_hashes", "colour_grid", "content_box", "content_grid")  # the columns that one is made of
Rows = NDArray[np.int64]
_KEPT_BYTES = 1 << 20
_ADDED_AT_ONCE = 256  # rows, of a kilobyte each and several copies
_RECORD = np.dtype(
    [
        ("view_hashes", "<u8", (VIEWS,)),
        ("colour_grid", np.int8, (grid_bytes(),)),
        ("content_box", "<f4", (5,)),
        ("content_grid", np.int8, (grid_bytes(CONTENT_SIDE),)),
    ]
)


def record_bytes() -> int:
    """Return the bytes that a fingerprint takes on disk."""
    return _RECORD.itemsize


class FingerprintFile:
    """The fingerprints of all rows that were added, in `file`, one after the other.

    Read, not mapped: mapped pages count as memory of the process.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._hashes: list[NDArray[np.uint64]] = []
        self._index: _Index | None = None

    def add(self, scores: pa.Table) -> None:
        """Add the fingerprints of `scores`, which holds `fingerprint` and `LOOKS`; rows without one are passed over."""
        known = scores.select([FINGERPRINT, *LOOKS]).filter(scores[FINGERPRINT].is_valid())
        for batch in known.to_batches(max_chunksize=_ADDED_AT_ONCE):
            records = np.empty(batch.num_rows, _RECORD)
            for name in LOOKS:
                records[name] = _values(name, batch[name].to_pylist())
            self._file.write(records.view(np.uint8).data)
        self._hashes.append(known[FINGERPRINT].to_numpy())
        self._index = None

    def places(self, fingerprints: NDArray[np.uint64]) -> Rows:
        """Return the place in the file of each of `fingerprints` (n,), all of which were added, int64 (n,)."""
        if self._index is None:
            self._file.flush()
            self._hashes = [np.concatenate([np.zeros(0, np.uint64), *self._hashes])]
            self._index = _Index(*np.unique(self._hashes[0], return_index=True))
        return self._index.first[np.searchsorted(self._index.hashes, fingerprints)]

    def records(self, places: Rows) -> NDArray[np.void]:
        """Return what is stored at `places`: an array for each of `LOOKS`."""
        found = np.empty(len(places), _RECORD)
        width = _RECORD.itemsize
        read_stretches(self._file, places * width, found.view(np.uint8).reshape(-1, width))
        return found

    def column(self, name: str, places: Rows) -> Stored:
        """Return what is stored in the column `name` of `LOOKS` at `places`, to be read when it is asked for."""
        assert _RECORD.fields is not None
        return Stored(self._file, name, places * _RECORD.itemsize + _RECORD.fields[name][1])


class Stored:
    """Values in `file`, of the kind of the column `name`, that begin at `offsets`.

    Some of those that were read last stay in memory, 1 MiB of them: of pairs that are compared, many share a row.
    """

    def __init__(self, file: IO[bytes], name: str, offsets: Rows) -> None:
        self._file, self._name, self._offsets = file, name, offsets
        slots = max(1, min(_KEPT_BYTES // _RECORD[name].itemsize, len(offsets)))
        self._kept_numbers = np.full(slots, -1)
        self._kept: NDArray[Any] = np.empty(slots, _RECORD[name])

    def __getitem__(self, numbers: Rows) -> NDArray[Any]:
        """Return the values `numbers` (n,), an array (n, ...)."""
        slots = numbers % len(self._kept_numbers)
        new = np.flatnonzero(self._kept_numbers[slots] != numbers)
        found: NDArray[Any] = self._kept[slots]
        if len(new):
            read, which = np.unique(numbers[new], return_inverse=True)
            found[new] = self._read(self._offsets[read])[which]
            self._kept_numbers[slots[new]], self._kept[slots[new]] = numbers[new], found[new]
        return found

    def _read(self, offsets: Rows) -> NDArray[Any]:
        handle, width = self._file.fileno(), _RECORD[self._name].itemsize
        return _values(self._name, [os.pread(handle, width, offset) for offset in offsets.tolist()])


class _Index(NamedTuple):
    """The different fingerprints, ascending, and the first place of each."""

    hashes: NDArray[np.uint64]
    first: Rows


@contextmanager
def fingerprint_file(folder: Path) -> Iterator[FingerprintFile]:
    """Yield a place for fingerprints: a nameless file in `folder`, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file:
        yield FingerprintFile(file)


def _values(name: str, stored: Sequence[bytes]) -> NDArray[Any]:
    """Return values of column `name` from their bytes, an array (n, ...)."""
    kind, shape = _RECORD[name].subdtype or (_RECORD[name], ())
    return np.frombuffer(b"".join(stored), kind).reshape(-1, *shape)
