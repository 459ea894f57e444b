"""What a picture shows: without the frames around it, and without the white that a page or a drawing lies on.

Copies of a drawing that were laid on more white, cut a little closer or framed show the same, and lie elsewhere in
their pictures.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Box = tuple[int, int, int, int]  # left, top, right, bottom

_TOLERANCE = 16  # of 255 in each channel: what JPEG does to a solid colour, and less than a pale drawing on white
_WHITE = ((235,) * 3, (255,) * 3)  # what JPEG does to white beside the outline of a small drawing
_DARK = 2 * _TOLERANCE  # black, to the eye
_BLEED = 3  # px beside a frame that are half frame: by scaling, and by the coarser colours of JPEG
_SMALLEST = 12  # px: less than this is too little to know a picture by
_NESTED = 2  # frames, with white between them


def content_box(pixels: NDArray[np.uint8]) -> Box:
    """Return (left, top, right, bottom) of what RGB `pixels` (height, width, 3) show.

    White goes from every side. A frame goes where it has one colour, that of the corner, on all four sides; a black or
    white one also where it is above and below only, or at both sides. The whole picture where that would leave less
    than 12 px.
    """
    box = _without_white(pixels, (0, 0, pixels.shape[1], pixels.shape[0]), 0)
    for _ in range(_NESTED):
        inner = _without_frame(pixels, box)
        if inner == box:
            break
        box = _without_white(pixels, inner, _BLEED)
    return box


def _without_white(pixels: NDArray[np.uint8], box: Box, bleed: int) -> Box:
    """Return `box` without white at its sides; what lies within `bleed` of a side does not tell where it ends."""
    import cv2

    left, top, right, bottom = box
    part = pixels[top + bleed : bottom - bleed, left + bleed : right - bleed]
    if min(part.shape[:2]) < _SMALLEST or not any(_all_within(line, *_WHITE) for line in _edges(part)):
        return box
    x, y, wide, tall = cv2.boundingRect(cv2.bitwise_not(cv2.inRange(part, *_WHITE)))
    if min(wide, tall) < _SMALLEST:
        return box
    height, width = part.shape[:2]
    edges = _edges(part[y : y + tall, x : x + wide])
    over, under, before, after = (int(2 * _count_within(line, *_WHITE) < max(line.shape[:2])) for line in edges)
    # A straight edge that is cut out of white is half white, and goes too; so does nothing of a drawing's outline.
    return (
        left + bleed + x + before if x else left,
        top + bleed + y + over if y else top,
        left + bleed + x + wide - after if x + wide < width else right,
        top + bleed + y + tall - under if y + tall < height else bottom,
    )


def _without_frame(pixels: NDArray[np.uint8], box: Box) -> Box:
    import cv2

    left, top, right, bottom = box
    part = pixels[top:bottom, left:right]
    colour = part[0, 0].astype(np.int64)
    low, high = (tuple((colour + change).clip(0, 255).tolist()) for change in (-_TOLERANCE, _TOLERANCE))
    over, under, before, after = (_all_within(line, low, high) for line in _edges(part))
    above_and_below, at_the_sides = over and under, before and after
    plain = colour.max() <= _DARK or colour.min() >= _WHITE[0][0]
    if not ((above_and_below and at_the_sides) or (plain and (above_and_below or at_the_sides))):
        return box
    x, y, wide, tall = cv2.boundingRect(cv2.bitwise_not(cv2.inRange(part, low, high)))
    # A frame is as wide at both sides: what is more at one of them is dark itself. The first line within is half frame.
    x = min(x, right - left - x - wide) + 1 if at_the_sides else 0
    y = min(y, bottom - top - y - tall) + 1 if above_and_below else 0
    if min(wide, tall, right - left - 2 * x, bottom - top - 2 * y) < _SMALLEST:
        return box
    return left + x, top + y, right - x, bottom - y


def _edges(part: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], ...]:
    """Return the first and last row, then the first and last column of `part`."""
    return part[:1], part[-1:], part[:, :1], part[:, -1:]


def _count_within(line: NDArray[np.uint8], low: tuple[int, ...], high: tuple[int, ...]) -> int:
    import cv2

    return cv2.countNonZero(cv2.inRange(line, low, high))


def _all_within(line: NDArray[np.uint8], low: tuple[int, ...], high: tuple[int, ...]) -> bool:
    return bool(_count_within(line, low, high) == max(line.shape[:2]))
