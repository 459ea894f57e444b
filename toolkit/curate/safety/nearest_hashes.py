"""The nearest of many listed hashes within some bits, by an index over 16-bit bands."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_BAND_BITS = 16
_FEW = 4096  # hashes up to which comparing with every one is as fast as an index
_AT_ONCE = 4096  # hashes asked for, which bounds the memory of the answers


class Nearest(NamedTuple):
    """For each hash asked for, the nearest listed one (of several, the first), -1 for none, and the bits that differ
    (more than any hash has, for none)."""

    entries: NDArray[np.int64]
    bits: NDArray[np.int64]


class NearestHashes:
    """An index over `values`, hashes of 8 or 32 bytes.

    Exact by the pigeonhole principle (Norouzi et al., arXiv 1307.2982): hashes within b (f + 1) - 1 bits agree up to f
    bits in at least one of b bands.
    """

    def __init__(self, values: NDArray[np.bytes_]) -> None:
        import faiss

        self._size = values.dtype.itemsize
        self._bands = 8 * self._size // _BAND_BITS
        many = len(values) > _FEW
        self._index: Any = (
            faiss.IndexBinaryMultiHash(8 * self._size, self._bands, _BAND_BITS)
            if many
            else faiss.IndexBinaryFlat(8 * self._size)
        )
        self._index.add(_rows(values))

    def nearest(self, wanted: NDArray[np.bytes_], distance: int) -> Nearest:
        """Return the nearest hash to each of `wanted` among those within `distance` bits."""
        entries = np.full(len(wanted), -1, np.int64)
        bits = np.full(len(wanted), 8 * self._size + 1, np.int64)
        if hasattr(self._index, "nflip"):
            self._index.nflip = distance // self._bands
        for start in range(0, len(wanted), _AT_ONCE):
            asked = _rows(wanted[start : start + _AT_ONCE])
            limits, apart, found = self._index.range_search(asked, distance + 1)
            owners = np.repeat(np.arange(start, start + len(asked)), np.diff(limits.astype(np.int64)))
            order = np.lexsort((found, apart, owners))
            first, place = np.unique(owners[order], return_index=True)
            entries[first], bits[first] = found[order][place], apart[order][place]
        return Nearest(entries, bits)


def _rows(values: NDArray[np.bytes_]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(values).view(np.uint8).reshape(len(values), values.dtype.itemsize)
