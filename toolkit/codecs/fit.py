"""Decoded pixels of any kind to RGB of the size asked for: scaled down, transparency laid on white.

OpenCV does it in integers, the same on every machine, some ten times faster than Pillow.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]  # (height, width) grey, (height, width, 3) RGB or (height, width, 4) RGBA


def fitted_size(size: tuple[int, int], longest_side: int | None) -> tuple[int, int]:
    """Return `size` (width, height) scaled down so that neither is over `longest_side`; never up, never below 1."""
    if longest_side is None or max(size) <= longest_side:
        return size
    scale = longest_side / max(size)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def rgb(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """Return `pixels` as RGB of `size` (width, height), whatever an alpha channel says."""
    import cv2

    pixels = _scaled(pixels, size)
    if pixels.ndim == 2:
        return _as_pixels(cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB))
    return _as_pixels(cv2.cvtColor(pixels, cv2.COLOR_RGBA2RGB)) if pixels.shape[2] == 4 else pixels


def on_white(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """Return RGBA `pixels` laid on white, as RGB of `size` (width, height).

    Colours are multiplied by alpha before scaling, so that what shows through takes no part in it, and the white is
    added after, where there is less to add it to (Porter and Duff 1984, "over").
    """
    import cv2

    multiplied = _scaled(_as_pixels(cv2.cvtColor(pixels, cv2.COLOR_RGBA2mRGBA)), size)
    white = cv2.cvtColor(cv2.bitwise_not(cv2.extractChannel(multiplied, 3)), cv2.COLOR_GRAY2RGB)
    return _as_pixels(cv2.add(cv2.cvtColor(multiplied, cv2.COLOR_RGBA2RGB), white))


def _scaled(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """Return `pixels` scaled down to `size`: halved while that is not too small, then bilinear, so that every pixel
    has its part.

    Only even sides are halved fast: an odd one first loses a line, where that is a quarter of a line of the result at
    most.
    """
    import cv2

    width, height = pixels.shape[1], pixels.shape[0]
    while max(width, height) >= 2 * max(size):
        even = pixels[: height - (height % 2 and height >= 4 * size[1]), : width - (width % 2 and width >= 4 * size[0])]
        width, height = (even.shape[1] + 1) // 2, (even.shape[0] + 1) // 2
        pixels = _as_pixels(cv2.resize(even, (width, height), interpolation=cv2.INTER_LINEAR_EXACT))
    if (width, height) != size:
        pixels = _as_pixels(cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR_EXACT))
    return pixels


@cache
def settle_process() -> None:
    """Make this process fit for decoding many pictures, the first time that it is called.

    OpenCV gets one thread: workers are processes, whose threads would only fight over the cores. And one large block
    is freed, after which glibc no longer gives memory back to the system with every picture, only to ask for it again
    with the next (mallopt(3), M_MMAP_THRESHOLD, "dynamic"): that took up to 40 % of the time.
    """
    import cv2

    cv2.setNumThreads(1)
    np.empty(16 << 20, np.uint8)


def _as_pixels(pixels: object) -> Pixels:
    return np.asarray(pixels, dtype=np.uint8)
