"""Hashes of what a picture looks like, from the lowest frequencies of its luminance, for whole batches of pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from toolkit.curate.duplicates.cosines import cosine_transform
from toolkit.curate.duplicates.lanczos import shrink_all

LOWEST = 8  # frequencies kept in each direction: 64 bits


def frequencies(greys: Sequence[NDArray[np.uint8]]) -> NDArray[np.float64]:
    """Return the 8 x 8 lowest frequencies (DCT-II) of each of `greys` at 32 x 32, float64 (n, 8, 8).

    Axis 1 runs over vertical frequencies, axis 2 over horizontal ones, as `imagehash.phash` has them.
    """
    return frequencies_of(shrink_all(greys))


def frequencies_of(small: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the same of luminance that is 32 x 32 already, uint8 (n, 32, 32)."""
    columns = cosine_transform(small.astype(np.float64), 1)[:, :LOWEST]
    return cosine_transform(columns, 2)[:, :, :LOWEST]


def mirrored(found: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the frequencies of the same pictures flipped left to right: odd horizontal ones change their sign."""
    return found * np.where(np.arange(LOWEST) % 2, -1.0, 1.0)


def perceptual_hashes(found: NDArray[np.float64]) -> NDArray[np.uint64]:
    """Return one bit a frequency, above the picture's median or not, uint64 (n,); the first is the highest bit.

    As hexadecimal of 16 digits they equal those of `imagehash.phash` on the same pixels.
    """
    flat = found.reshape(len(found), LOWEST * LOWEST)
    return to_hashes(flat > np.median(flat, axis=1, keepdims=True))


def to_hashes(bits: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Return `bits` (n, 64) as uint64 (n,), the first as the highest."""
    packed = np.ascontiguousarray(np.packbits(bits, axis=1))
    return packed.view(">u8").ravel().astype(np.uint64)


def hexadecimal(value: int) -> str:
    """Return a hash as people and other tools write it: 16 hexadecimal digits."""
    return f"{value:016x}"
