"""JPEG: the layout from its markers (ITU-T T.81, annex B), pixels by libjpeg-turbo, scaled down while decoding."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from toolkit.codecs.fit import fitted_size, rgb
from toolkit.codecs.layout import Layout
from toolkit.codecs.orientation import is_upright

_SOF = frozenset({0xC0, 0xC1, 0xC2})  # baseline, extended, progressive; all with Huffman coding
_SOS, _DQT, _APP0, _APP1, _APP2, _APP14 = 0xDA, 0xDB, 0xE0, 0xE1, 0xE2, 0xEE
_PASSED_OVER = frozenset({0xC4, 0xDD, 0xFE, *range(0xE0, 0xF0)})  # Huffman tables, restarts, comments, applications
_XMP = b"http://ns.adobe.com/xap/1.0/\0"


def layout(data: bytes) -> Layout | None:
    """Return the layout of the JPEG in `data`, or None where its markers are not the usual ones."""
    frame = exif = xmp = None
    at, end = 2, len(data)
    while at + 4 <= end:
        if data[at] != 0xFF:
            return None
        marker, length = data[at + 1], (data[at + 2] << 8) | data[at + 3]
        start, at = at + 4, at + 2 + length
        if length < 2 or at > end:
            return None
        if marker in _SOF:
            components = data[start + 5] if length >= 8 else 0
            if frame is not None or data[start] != 8 or components not in (1, 3, 4) or length != 8 + 3 * components:
                return None
            frame = (data[start + 3] << 8) | data[start + 4], (data[start + 1] << 8) | data[start + 2], components
        elif marker == _SOS:
            if frame is None or 0 in frame:
                return None
            plain = frame[2] != 4 and is_upright(exif, xmp)
            return Layout(frame[0], frame[1], "JPEG", animated=False, plain=plain)
        elif marker == _APP1 and data.startswith(b"Exif\0\0", start):
            exif = data[start + 6 : at] if exif is None else b""
        elif marker == _APP1 and data.startswith(_XMP, start):
            xmp = data[start:at]
        elif not (marker in _PASSED_OVER or marker == _DQT) or _is_odd(marker, data, start, at):
            return None
    return None


def _is_odd(marker: int, data: bytes, start: int, end: int) -> bool:
    """Return whether Pillow might refuse this segment, or see a picture of several lenses in it."""
    if marker == _DQT:
        while start < end:
            start += 65 if data[start] < 16 else 129
        return start != end
    if marker == _APP0:
        return end - start < 7 and data.startswith(b"JFIF", start)
    if marker == _APP14:
        return end - start < 7 and data.startswith(b"Adobe", start)
    return marker == _APP2 and (
        data.startswith(b"MPF\0", start) or (end - start < 14 and data.startswith(b"ICC_PROFILE\0", start))
    )


def decode(data: bytes, found: Layout, longest_side: int | None) -> NDArray[np.uint8]:
    """Return the RGB pixels of a plain JPEG, decoded at a half, a quarter or an eighth where that is large enough.

    Raises ValueError, also where the bytes end too early or are damaged.
    """
    import simplejpeg

    divisor = reduction((found.width, found.height), longest_side)
    width, height = -(-found.width // divisor), -(-found.height // divisor)
    # Four channels scale faster than three.
    pixels = simplejpeg.decode_jpeg(data, "RGBA", min_height=height, min_width=width)
    return rgb(pixels, fitted_size((found.width, found.height), longest_side))


def reduction(size: tuple[int, int], longest_side: int | None) -> int:
    """Return by what a decoder may divide `size` (1, 2, 4 or 8) and still leave at least `longest_side`."""
    possible = (divisor for divisor in (8, 4, 2) if longest_side is not None and max(size) >= divisor * longest_side)
    return next(possible, 1)
