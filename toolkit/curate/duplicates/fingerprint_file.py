"""Fingerprints on disk while rows are compared: memory holds their 64-bit hashes, whatever they are made of."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit.curate.duplicates.colours import GRID_BYTES
from toolkit.curate.duplicates.stretches import read_stretches
from toolkit.curate.duplicates.views import VIEWS

FINGERPRINT = "fingerprint"  # the column that names a fingerprint
LOOKS = ("view_hashes", "colour_grid", "trimmed_grid")  # the columns that one is made of
Rows = NDArray[np.int64]
_RECORD = np.dtype(
    [
        ("view_hashes", "<u8", (VIEWS,)),
        ("colour_grid", np.int8, (GRID_BYTES,)),
        ("trimmed_grid", np.int8, (GRID_BYTES,)),
        ("bordered", np.bool_),
    ]
)


class Grids(Protocol):
    """Colour grids, int8 (n, 384), read by their numbers: an array, or a file."""

    def __getitem__(self, numbers: Rows, /) -> NDArray[np.int8]: ...


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
        views, grids, inner = (known[name].to_pylist() for name in LOOKS)
        records = np.zeros(known.num_rows, _RECORD)
        records["view_hashes"] = np.frombuffer(b"".join(views), "<u8").reshape(-1, VIEWS)
        records["colour_grid"] = _stored(grids)
        records["bordered"] = pc.greater(pc.binary_length(known["trimmed_grid"]), 0).to_numpy()
        records["trimmed_grid"][records["bordered"]] = _stored(inner)
        self._file.write(records.tobytes())
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
        """Return what is stored at `places`: arrays `view_hashes`, `colour_grid`, `trimmed_grid` and `bordered`."""
        found = np.empty(len(places), _RECORD)
        width = _RECORD.itemsize
        read_stretches(self._file, places * width, found.view(np.uint8).reshape(-1, width))
        return found

    def grids(self, places: Rows, trimmed: Rows) -> Grids:
        """Return the colour grids of the pictures at `places`, then those without their borders at `trimmed`."""
        whole, inner = (_RECORD.fields[name][1] for name in LOOKS[1:])  # type: ignore[index]
        width = _RECORD.itemsize
        return _StoredGrids(self._file, np.concatenate([places * width + whole, trimmed * width + inner]))


class _Index(NamedTuple):
    """The different fingerprints, ascending, and the first place of each."""

    hashes: NDArray[np.uint64]
    first: Rows


class _StoredGrids(NamedTuple):
    """Colour grids that begin at `offsets` of `file`."""

    file: IO[bytes]
    offsets: Rows

    def __getitem__(self, numbers: Rows) -> NDArray[np.int8]:  # type: ignore[override]
        offsets, which = np.unique(self.offsets[numbers], return_inverse=True)
        handle = self.file.fileno()
        return _stored([os.pread(handle, GRID_BYTES, offset) for offset in offsets.tolist()])[which]


@contextmanager
def fingerprint_file(folder: Path) -> Iterator[FingerprintFile]:
    """Yield a place for fingerprints: a nameless file in `folder`, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file:
        yield FingerprintFile(file)


def _stored(grids: Sequence[bytes]) -> NDArray[np.int8]:
    """Return stored grids as int8 (n, 384); an empty one is none."""
    return np.frombuffer(b"".join(grids), np.int8).reshape(-1, GRID_BYTES)
