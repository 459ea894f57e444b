"""Reading many vectors some at a time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from toolkit.curate.duplicates.vector_file import Vectors

ROWS = 4096  # 8 MiB of vectors of 512 numbers


def chunks(vectors: Vectors, rows: int = ROWS) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """Yield positions, int64 (up to `rows`,), and the vectors there, float32 (as many, dimension), in their order."""
    for start in range(0, len(vectors), rows):
        places = np.arange(start, min(start + rows, len(vectors)))
        yield places, vectors[places]
