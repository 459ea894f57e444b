"""What a picture shows: without the frames around it, and without the white that a page or a drawing lies on.

Copies of a drawing that were laid on more white, cut a little closer or framed show the same, and lie elsewhere in
their pictures.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from toolkit.curate.pictures.border import TOLERANCE, Box

Mask = NDArray[np.uint8]  # (height, width)

_WHITE = ((235,) * 3, (255,) * 3)  # what JPEG does to white beside the outline of a small drawing
_DARK, _PALE = 32, 235  # black and white, to the eye
_BLEED = 3  # px beside a frame that are half frame: by scaling, and by the coarser colours of JPEG
_SMALLEST = 12  # px: less than this is too little to know a picture by
_NESTED = 2  # frames, with white between them


def content_box(pixels: NDArray[np.uint8]) -> Box:
    """Return (left, top, right, bottom) of what RGB `pixels` (height, width, 3) show.

    White goes from every side. A frame goes where it has one colour, that of the corner, on all four sides; a black or
    white one also where it is above and below only, or at both sides. The whole picture where that would leave less
    than 12 px.
    """
    drawn = _outside(pixels, *_WHITE)
    box = _without_white(drawn, (0, 0, pixels.shape[1], pixels.shape[0]), 0)
    for _ in range(_NESTED):
        inner = _without_frame(pixels, box)
        if inner == box:
            break
        box = _without_white(drawn, inner, _BLEED)
    return box


def _outside(pixels: NDArray[np.uint8], low: tuple[int, ...], high: tuple[int, ...]) -> Mask:
    """Return which `pixels` are not between two colours, uint8 (height, width), 0 or 255."""
    import cv2

    return np.asarray(cv2.bitwise_not(cv2.inRange(pixels, low, high)), np.uint8)


def _without_white(drawn: Mask, box: Box, bleed: int) -> Box:
    """Return `box` without white at its sides, which is where nothing is `drawn`; what lies within `bleed` of a side
    does not tell where it ends."""
    import cv2

    left, top, right, bottom = box
    part = drawn[top + bleed : bottom - bleed, left + bleed : right - bleed]
    height, width = part.shape
    if min(height, width) < _SMALLEST:
        return box
    x, y, wide, tall = cv2.boundingRect(part)
    if min(wide, tall) < _SMALLEST or (wide, tall) == (width, height):
        return box
    part = part[y : y + tall, x : x + wide]
    # A straight edge that is cut out of white is half white, and goes too; so does nothing of a drawing's outline.
    over, under = (int(2 * cv2.countNonZero(row) > wide) for row in (part[:1], part[-1:]))
    before, after = (int(2 * cv2.countNonZero(column) > tall) for column in (part[:, :1], part[:, -1:]))
    return (
        left + bleed + x + before if x else left,
        top + bleed + y + over if y else top,
        left + bleed + x + wide - after if x + wide < width else right,
        top + bleed + y + tall - under if y + tall < height else bottom,
    )


def _without_frame(pixels: NDArray[np.uint8], box: Box) -> Box:
    import cv2

    left, top, right, bottom = box
    colour = pixels[top, left].tolist()
    others = (pixels[top, right - 1], pixels[bottom - 1, left], pixels[bottom - 1, right - 1])
    if any(abs(a - b) > TOLERANCE for one in others for a, b in zip(one.tolist(), colour, strict=True)):
        return box
    low, high = tuple(one - TOLERANCE for one in colour), tuple(one + TOLERANCE for one in colour)
    x, y, wide, tall = cv2.boundingRect(_outside(pixels[top:bottom, left:right], low, high))
    above_and_below = y > 0 and y + tall < bottom - top
    at_the_sides = x > 0 and x + wide < right - left
    plain = max(colour) <= _DARK or min(colour) >= _PALE
    if not ((above_and_below and at_the_sides) or (plain and (above_and_below or at_the_sides))):
        return box
    # A frame is as wide at both sides: what is more at one of them is dark itself. The first line within is half frame.
    x = min(x, right - left - x - wide) + 1 if at_the_sides else 0
    y = min(y, bottom - top - y - tall) + 1 if above_and_below else 0
    if min(wide, tall, right - left - 2 * x, bottom - top - 2 * y) < _SMALLEST:
        return box
    return left + x, top + y, right - x, bottom - y
