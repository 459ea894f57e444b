"""Embeddings on disk while they are compared: memory holds what is at hand, whatever their number."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.curate.resources import Embeddings

_CHUNK = 8192  # vectors read at a time: 16 MiB of them at 512 dimensions


class VectorFile(NamedTuple):
    """`vectors` (n, dimension), float32 on disk, unit length; `places` (n,) says which of the contents asked for each
    one is, ascending: contents without an embedding have none."""

    vectors: NDArray[np.float32]
    places: NDArray[np.int64]


def write_vectors(content_ids: Sequence[str], embeddings: Embeddings, folder: Path | None) -> VectorFile:
    """Return the embeddings of `content_ids` in a nameless file in `folder`, gone once it is let go of.

    None as `folder` is the one for temporary files.
    """
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
        if not len(known):
            return VectorFile(np.zeros((0, 1), np.float32), known)
        mapped = np.memmap(file, np.float32, "r", shape=(len(known), dimension))  # keeps the file while it is in use
    return VectorFile(mapped, known)
