"""What copies of a picture share: hashes of its views, and coarse grids of its colours."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit.curate.duplicates.colours import colour_grids
from toolkit.curate.duplicates.frequencies import frequencies_of, perceptual_hashes
from toolkit.curate.duplicates.lanczos import shrink, shrink_all
from toolkit.curate.duplicates.views import VIEWS, view_hashes
from toolkit.curate.pictures.border import trim_box
from toolkit.curate.scorer import Batch, Need

_SMALLEST = 16  # px: less than this within a border is too little to know a picture by


@dataclass(frozen=True)
class Fingerprints:
    """The fingerprints of a picture, from its thumbnail."""

    name: str = "fingerprints"
    version: str = "6"
    needs: frozenset[Need] = frozenset({"thumbnail"})

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """`perceptual_hash` is imagehash.phash of the decoded pixels, `view_hashes` are little-endian uint64 (`views`),
        `colour_grid` and `trimmed_grid` (empty without a border) are int8 (`colours`), and `fingerprint` is a hash of
        these three, by which rules know them."""
        return {
            "perceptual_hash": pa.uint64(),
            "fingerprint": pa.uint64(),
            "view_hashes": pa.binary(8 * VIEWS),
            "colour_grid": pa.binary(),
            "trimmed_grid": pa.binary(),
        }

    def setup(self) -> None:
        """Nothing to load."""

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return the columns."""
        small = shrink_all(batch.greys)
        inner = _inner(batch, small)
        views = view_hashes(small, inner.small)
        grids = dict(zip(inner.rows, colour_grids(inner.contents), strict=True))
        looks = {
            "view_hashes": [one.astype("<u8").tobytes() for one in views],
            "colour_grid": [one.tobytes() for one in colour_grids(batch.thumbnails)],
            "trimmed_grid": [grids[row].tobytes() if row in grids else b"" for row in range(len(small))],
        }
        return {
            "perceptual_hash": perceptual_hashes(frequencies_of(small)).tolist(),
            "fingerprint": [_hash(b"".join(parts)) for parts in zip(*looks.values(), strict=True)],
            **looks,
        }


def _hash(parts: bytes) -> int:
    """Return 64 bits of BLAKE2b: of ten million pictures, two share them by chance once in 370,000 runs."""
    return int.from_bytes(hashlib.blake2b(parts, digest_size=8).digest(), "little")


class _Inner(NamedTuple):
    """Pictures without their borders: luminance of all, uint8 (n, 32, 32), the pixels of those `rows` that have one."""

    small: NDArray[np.uint8]
    rows: list[int]
    contents: list[NDArray[np.uint8]]


def _inner(batch: Batch, small: NDArray[np.uint8]) -> _Inner:
    inner = _Inner(small.copy(), [], [])
    for row, (pixels, grey) in enumerate(zip(batch.thumbnails, batch.greys, strict=True)):
        box = _within_border(pixels)
        if box is not None:
            inner.small[row] = shrink(grey[box])
            inner.rows.append(row)
            inner.contents.append(np.ascontiguousarray(pixels[box]))
    return inner


def _within_border(pixels: NDArray[np.uint8]) -> tuple[slice, slice] | None:
    """Return the rows and columns within the border, None without one; the first within it is half border."""
    height, width = pixels.shape[:2]
    left, top, right, bottom = trim_box(pixels)
    if (left, top, right, bottom) == (0, 0, width, height):
        return None
    left, top, right, bottom = left + (left > 0), top + (top > 0), right - (right < width), bottom - (bottom < height)
    if min(right - left, bottom - top) < _SMALLEST:
        return None
    return slice(top, bottom), slice(left, right)
