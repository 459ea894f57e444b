"""How near the pictures of two rows are by their embeddings, for many pairs of rows."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit.curate.resources import Embeddings
from toolkit.engine.chunks import values_at

_PAIRS = 1 << 12  # whose embeddings are in memory at a time
Rows = NDArray[np.int64]


def content_cosines(
    embeddings: Embeddings, ours: pa.ChunkedArray, theirs: pa.ChunkedArray, first: Rows, second: Rows
) -> NDArray[np.float64]:
    """Return the cosines of contents `ours[first[i]]` and `theirs[second[i]]`, float64 (n,), rounded to 4 decimals; NaN
    where one of them has no embedding."""
    found = np.empty(len(first))
    for start in range(0, len(first), _PAIRS):
        some = slice(start, start + _PAIRS)
        left, right = (
            embeddings(values_at(contents, rows[some]).to_pylist())
            for contents, rows in ((ours, first), (theirs, second))
        )
        found[some] = np.round((left.astype(np.float64) * right).sum(axis=1), 4)
    return found
