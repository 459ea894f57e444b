"""Near-solid borders: letterboxes, frames, the white around a drawing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit.curate.scorer import Batch, Need

TOLERANCE = 16  # of 255 in each channel: what JPEG does to a solid colour, and less than a pale drawing on white
_FRAMES = 2  # one in the other, such as a black frame with white around it

Box = tuple[int, int, int, int]


def inner_box(pixels: NDArray[np.uint8], tolerance: int = TOLERANCE) -> Box | None:
    """Return (left, top, right, bottom) of RGB `pixels` (height, width, 3) without their border; None for one colour.

    The border is all rows and columns at the edges that differ by at most `tolerance` in each channel from the colour
    of the corner, and lies on opposite sides: a stripe at one side is part of the picture. A second border within the
    first goes too.
    """
    box = whole = (0, 0, pixels.shape[1], pixels.shape[0])
    for _ in range(_FRAMES):
        left, top, right, bottom = box
        inner = _without_border(pixels[top:bottom, left:right], tolerance)
        if inner is None:
            return None if box == whole else box
        box = left + inner[0], top + inner[1], left + inner[2], top + inner[3]
    return box


def border_share(pixels: NDArray[np.uint8], tolerance: int = TOLERANCE) -> float:
    """Return the share of RGB `pixels` outside its content: 0 without a border, 1 where there is nothing else."""
    content = inner_box(pixels, tolerance)
    if content is None:
        return 1.0
    left, top, right, bottom = content
    return 1.0 - (right - left) * (bottom - top) / (pixels.size // 3)


def _without_border(pixels: NDArray[np.uint8], tolerance: int) -> Box | None:
    import cv2

    height, width = pixels.shape[:2]
    colour, *corners = (pixels[y, x].tolist() for y, x in ((0, 0), (0, -1), (-1, 0), (-1, -1)))
    if any(abs(one - other) > tolerance for corner in corners for one, other in zip(colour, corner, strict=True)):
        return 0, 0, width, height
    low, high = ([tone + change for tone in colour] for change in (-tolerance, tolerance))
    left, top, wide, tall = cv2.boundingRect(cv2.bitwise_not(cv2.inRange(pixels, tuple(low), tuple(high))))
    if not wide:
        return None
    x = (left, left + wide) if left and left + wide < width else (0, width)
    y = (top, top + tall) if top and top + tall < height else (0, height)
    return x[0], y[0], x[1], y[1]


@dataclass(frozen=True)
class PictureBorder:
    """The share of a picture (0 to 1) that its near-solid border takes, at 128 px, transparency laid on white."""

    name: str = "picture_border"
    version: str = "2"
    needs: frozenset[Need] = frozenset({"thumbnail"})

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """A share."""
        return {"picture_border": pa.float64()}

    def setup(self) -> None:
        """Nothing to load."""

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return the column."""
        return {"picture_border": [border_share(one) for one in batch.thumbnails]}
