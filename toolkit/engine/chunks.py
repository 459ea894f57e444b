"""Values of a long column at a few places."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def values_at(column: pa.ChunkedArray, places: NDArray[np.int64]) -> pa.Array:
    """Return the values of `column` at `places` (n,), in their order.

    `ChunkedArray.take` would join all chunks first, which is a copy of the whole column for a few of its values.
    """
    order = np.argsort(places, kind="stable")
    ascending = places[order]
    starts = np.cumsum([0, *(len(chunk) for chunk in column.chunks)])
    bounds = np.searchsorted(ascending, starts)
    taken = [
        chunk.take(pa.array(ascending[low:high] - start))
        for chunk, start, low, high in zip(column.chunks, starts, bounds, bounds[1:], strict=False)
        if low < high
    ]
    found = pa.concat_arrays(taken) if taken else pa.array([], column.type)
    back = np.empty(len(order), np.int64)
    back[order] = np.arange(len(order))
    return found.take(pa.array(back))
