"""The fastest reader and decoder of each format; what they are not sure of is for Pillow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from toolkit.codecs import gif, jpeg, png, webp
from toolkit.codecs.layout import Layout

_LAYOUTS = {b"\xff\xd8\xff": jpeg.layout, b"\x89PN": png.layout, b"RIF": webp.layout, b"GIF": gif.layout}


def layout(data: bytes) -> Layout | None:
    """Return the layout of the picture in `data`, or None where only Pillow can tell: odd, damaged, another format."""
    read = _LAYOUTS.get(data[:3])
    return None if read is None else read(data)


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
