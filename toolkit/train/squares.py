"""The pictures of curated runs as squares, one after the other: as many may follow as no memory would hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.images import crop_square, decode, read_header, resize_square
from toolkit.sources.picture_bytes import read_picture
from toolkit.store import RunFolder
from toolkit.train.training_set import kept_rows

Fit = Literal["pad", "crop"]


class Square(NamedTuple):
    """`pixels` uint8 (side, side, 3), and what they were: the picture's `height` and `width` before it was scaled, and
    where the square begins in the scaled picture (`top`, `left`)."""

    pixels: NDArray[np.uint8]
    height: int
    width: int
    top: int
    left: int


def read_squares(runs: Sequence[RunFolder], side: int, fit: Fit, rows: range) -> Iterator[Square]:
    """Yield the pictures of `rows` of the kept pairs of `runs`: the whole picture padded with white, or its middle.

    A padded picture counts as one of that square shape. Order: that of `kept_rows`.
    """
    for run, row in islice(kept_rows(runs, ["image"]), rows.start, rows.stop):
        data = read_picture(row["image"], run.path)
        yield square(data, side, fit)


def square(data: bytes, side: int, fit: Fit) -> Square:
    """Return the picture in `data` as a square of `side` pixels. Raises PictureError where it cannot be decoded."""
    header = read_header(data)
    shorter, longer = sorted((header.width, header.height))
    if fit == "pad":
        pixels = resize_square(decode(data, longest_side=2 * side), side)
        return Square(pixels, longer, longer, 0, 0)
    decoded = decode(data, longest_side=-(-2 * side * longer // shorter))
    upright = decoded.shape[0] > decoded.shape[1]
    height, width = (longer, shorter) if upright else (shorter, longer)
    over = round(longer * side / shorter) - side
    top, left = (over // 2, 0) if upright else (0, over // 2)
    return Square(crop_square(decoded, side), height, width, top, left)
