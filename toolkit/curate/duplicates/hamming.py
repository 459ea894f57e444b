"""All pairs of 64-bit hashes within a Hamming distance, by an index: never all pairs are compared."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

_BANDS = 4
_BAND_BITS = 16
MAX_DISTANCE = 11
_QUERIES = 4096  # at a time, which bounds the memory of the answers


def near_pairs(hashes: NDArray[np.uint8], distance: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield (i, j) arrays, i < j, that hold each pair of the distinct rows of `hashes` (n, 8) within `distance` once.

    Exact by the pigeonhole principle (multi-index hashing: Norouzi et al., arXiv 1307.2982): two hashes within
    4 (f + 1) - 1 bits agree up to f bits in at least one of 4 bands. Raises ValueError for a distance above 11.
    """
    if not 0 <= distance <= MAX_DISTANCE:
        raise ValueError(f"distance is {distance}; this search is exact from 0 to {MAX_DISTANCE}")
    if len(hashes) < 2:
        return
    import faiss

    index = faiss.IndexBinaryMultiHash(_BANDS * _BAND_BITS, _BANDS, _BAND_BITS)
    index.nflip = distance // _BANDS
    index.add(hashes)
    for start in range(0, len(hashes), _QUERIES):
        limits, _, found = index.range_search(hashes[start : start + _QUERIES], distance + 1)
        ends = limits.astype(np.int64)
        counts = ends[1:] - ends[:-1]
        asked = np.repeat(np.arange(start, start + len(counts), dtype=np.int64), counts)
        upper = asked < found
        order = np.lexsort((found[upper], asked[upper]))
        yield asked[upper][order], found[upper][order]
