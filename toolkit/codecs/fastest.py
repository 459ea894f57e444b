"""The fastest reader and decoder of each format; what they are not sure of is for Pillow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from toolkit.codecs import gif, jpeg, png, webp
from toolkit.codecs.layout import Layout


def layout(data: bytes) -> Layout | None:
    """Return the layout of the picture in `data`, or None where only Pillow can tell: odd, damaged, another format."""
    if data[:3] == b"\xff\xd8\xff":
        return jpeg.layout(data)
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return png.layout(data)
    if data[:4] == b"RIFF":
        return webp.layout(data)
    return gif.layout(data) if data[:4] == b"GIF8" else None


def decode_plain(data: bytes, found: Layout, longest_side: int | None, oversampling: float = 1.0) -> NDArray[np.uint8]:
    """Return the RGB pixels of a plain picture with the layout `found`, scaled down to fit `longest_side`; a JPEG is
    decoded at `oversampling` times that or more.

    Raises ValueError or RuntimeError where the bytes end too early or are damaged.
    """
    if found.format == "JPEG":
        return jpeg.decode(data, found, longest_side, oversampling)
    if found.format == "PNG":
        return png.decode(data, found, longest_side)
    return webp.decode(data, found, longest_side)
