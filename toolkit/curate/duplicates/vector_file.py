"""Embeddings on disk while they are compared: memory holds what is at hand, whatever their number."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from toolkit.curate.duplicates.stretches import read_stretches
from toolkit.curate.resources import Embeddings

_CHUNK = 8192  # vectors read at a time: 16 MiB of them at 512 dimensions


class Vectors(Protocol):
    """Vectors that are read by their positions: an array, or a file."""

    @property
    def shape(self) -> tuple[int, ...]: ...
    def __len__(self) -> int: ...
    def __getitem__(self, rows: NDArray[np.int64], /) -> NDArray[np.float32]: ...


class VectorFile:
    """float32 vectors of one length in `file`. Read, not mapped: mapped pages count as memory of the process."""

    def __init__(self, file: IO[bytes], size: int, dimension: int) -> None:
        self._file = file
        self.shape = size, dimension

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: NDArray[np.int64], /) -> NDArray[np.float32]:
        """Return the vectors at `rows`, float32 (n, dimension); neighbours are read at once."""
        found = np.empty((len(rows), self.shape[1]), np.float32)
        width = 4 * self.shape[1]
        read_stretches(self._file, rows * width, found.view(np.uint8).reshape(-1, width))
        return found


class FoundVectors(NamedTuple):
    """`vectors`, and in `places` which of the contents asked for each one is, ascending: a content without an
    embedding has none."""

    vectors: VectorFile
    places: NDArray[np.int64]


@contextmanager
def vectors_on_disk(content_ids: Sequence[str], embeddings: Embeddings, folder: Path | None) -> Iterator[FoundVectors]:
    """Yield the embeddings of `content_ids`, in a file in `folder` (None: in that for temporary files)."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    places: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
    dimension = 1
    with tempfile.TemporaryFile(dir=folder) as file:
        for start in range(0, len(content_ids), _CHUNK):
            chunk = embeddings(content_ids[start : start + _CHUNK]).astype(np.float32, copy=False)
            present = np.flatnonzero(np.isfinite(chunk).all(axis=1))
            if len(present):
                dimension = chunk.shape[1]
                file.write(np.ascontiguousarray(chunk[present]).tobytes())
                places.append(start + present)
        file.flush()
        known = np.concatenate(places)
        yield FoundVectors(VectorFile(file, len(known), dimension), known)
