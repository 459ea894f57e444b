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
from toolkit.curate.duplicates.content import content_box
from toolkit.curate.duplicates.frequencies import frequencies_of, perceptual_hashes
from toolkit.curate.duplicates.lanczos import shrink_all
from toolkit.curate.duplicates.shown import CONTENT_SIDE
from toolkit.curate.duplicates.views import VIEWS, view_hashes
from toolkit.curate.scorer import Batch, Need


@dataclass(frozen=True)
class Fingerprints:
    """The fingerprints of a picture, from its thumbnail."""

    name: str = "fingerprints"
    version: str = "7"
    needs: frozenset[Need] = frozenset({"thumbnail"})

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """`perceptual_hash` is imagehash.phash of the decoded pixels, `view_hashes` are little-endian uint64 (`views`),
        `colour_grid` is int8 (`colours`). `content_box` is where a picture shows something (`content`): left, top,
        right, bottom as shares of its width and height, then its width over its height, little-endian float32;
        `content_grid` is the finer int8 grid of that part. `fingerprint` is a hash of these four, by which rules know
        them."""
        return {
            "perceptual_hash": pa.uint64(),
            "fingerprint": pa.uint64(),
            "view_hashes": pa.binary(8 * VIEWS),
            "colour_grid": pa.binary(),
            "content_box": pa.binary(20),
            "content_grid": pa.binary(),
        }

    def setup(self) -> None:
        """Nothing to load."""

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return the columns."""
        small = shrink_all(batch.greys)
        shown = _shown(batch, small)
        views = view_hashes(small, shown.small)
        looks = {
            "view_hashes": [one.astype("<u8").tobytes() for one in views],
            "colour_grid": [one.tobytes() for one in colour_grids(batch.thumbnails)],
            "content_box": [one.tobytes() for one in shown.boxes],
            "content_grid": [one.tobytes() for one in colour_grids(shown.contents, CONTENT_SIDE)],
        }
        return {
            "perceptual_hash": perceptual_hashes(frequencies_of(small)).tolist(),
            "fingerprint": [_hash(b"".join(parts)) for parts in zip(*looks.values(), strict=True)],
            **looks,
        }


def _hash(parts: bytes) -> int:
    """Return 64 bits of BLAKE2b: of ten million pictures, two share them by chance once in 370,000 runs."""
    return int.from_bytes(hashlib.blake2b(parts, digest_size=8).digest(), "little")


class _Shown(NamedTuple):
    """What pictures show: luminance, uint8 (n, 32, 32), the `boxes` as shares and the aspects, float32 (n, 5), and the
    pixels."""

    small: NDArray[np.uint8]
    boxes: NDArray[np.float32]
    contents: list[NDArray[np.uint8]]


def _shown(batch: Batch, small: NDArray[np.uint8]) -> _Shown:
    shown = _Shown(small.copy(), np.empty((len(small), 5), "<f4"), [])
    inner: dict[int, NDArray[np.uint8]] = {}
    for row, (pixels, grey) in enumerate(zip(batch.thumbnails, batch.greys, strict=True)):
        height, width = grey.shape
        left, top, right, bottom = content_box(pixels)
        shown.boxes[row] = left / width, top / height, right / width, bottom / height, width / height
        if (left, top, right, bottom) != (0, 0, width, height):
            inner[row] = grey[top:bottom, left:right]
        shown.contents.append(np.ascontiguousarray(pixels[top:bottom, left:right]))
    shown.small[list(inner)] = shrink_all(list(inner.values()))
    return shown
