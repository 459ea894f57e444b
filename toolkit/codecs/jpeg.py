"""JPEG: the layout from its markers (ITU-T T.81, annex B), pixels by libjpeg-turbo, scaled down while decoding."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from toolkit.codecs.fit import fitted_size, rgb
from toolkit.codecs.layout import Layout
from toolkit.codecs.orientation import is_upright

_SOF = frozenset({0xC0, 0xC1, 0xC2})  # baseline, extended, progressive; all with Huffman coding
_SOS, _DQT, _APP0, _APP1, _APP2, _APP14 = 0xDA, 0xDB, 0xE0, 0xE1, 0xE2, 0xEE
_TELLS_NOTHING = frozenset({0xC4, 0xDD, 0xFE})  # Huffman tables, restarts, comments
_PASSED_OVER = frozenset({_DQT, *range(0xE0, 0xF0)})  # if they are as they should be: quantisation, applications
_FRAME = struct.Struct(">BHHB")
_XMP = b"http://ns.adobe.com/xap/1.0/\0"


def segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield marker, start and end of what follows it, for each segment of the header, up to the start of the scan.

    It ends before that where the bytes do, or where there is something else than a marker with a length.
    """
    at, end = 2, len(data)
    while at + 4 <= end and data[at] == 0xFF:
        marker, start = data[at + 1], at + 4
        at += 2 + ((data[at + 2] << 8) | data[at + 3])
        if not start <= at <= end:
            return
        yield marker, start, at
        if marker == _SOS:
            return


def layout(data: bytes) -> Layout | None:
    """Return the layout of the JPEG in `data`, or None where its markers are not the usual ones."""
    frame = exif = xmp = None
    at, end = 2, len(data)
    while at + 4 <= end and data[at] == 0xFF:  # as `segments` goes, which would take twice as long
        marker, start = data[at + 1], at + 4
        at += 2 + ((data[at + 2] << 8) | data[at + 3])
        if not start <= at <= end:
            return None
        if marker in _TELLS_NOTHING:
            continue
        if marker in _SOF:
            if frame is not None:
                return None
            frame = _frame(data[start:at])
            if frame is None:
                return None
        elif marker == _SOS:
            if frame is None:
                return None
            width, height, components = frame
            return Layout(width, height, "JPEG", animated=False, plain=components != 4 and is_upright(exif, xmp))
        elif marker == _APP1 and data.startswith(b"Exif\0\0", start):
            exif = data[start + 6 : at] if exif is None else b""
        elif marker == _APP1 and data.startswith(_XMP, start):
            xmp = data[start:at]
        elif marker not in _PASSED_OVER or _is_odd(marker, data, start, at):
            return None
    return None


def _frame(header: bytes) -> tuple[int, int, int] | None:
    """Return width, height and components in the header of a frame, None for an unusual one."""
    if len(header) < 6:
        return None
    depth, height, width, components = _FRAME.unpack_from(header)
    usual = depth == 8 and width and height and components in (1, 3, 4) and len(header) == 6 + 3 * components
    return (width, height, components) if usual else None


def quantisation_table(data: bytes) -> tuple[int, ...] | None:
    """Return the 64 steps of table 0 (luminance) in the zigzag order of the file, or None where there is none."""
    if data[:3] != b"\xff\xd8\xff":
        return None
    for marker, start, end in segments(data):
        while marker == _DQT and start < end:
            wide, after = data[start] >> 4, start + (129 if data[start] >> 4 else 65)
            if data[start] & 15 == 0 and after <= end:
                steps = data[start + 1 : after]
                return struct.unpack(">64H", steps) if wide else tuple(steps)
            start = after
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


def decode(data: bytes, found: Layout, longest_side: int | None, oversampling: float = 1.0) -> NDArray[np.uint8]:
    """Return the RGB pixels of a plain JPEG, decoded at a half, a quarter or an eighth where that is large enough.

    Raises ValueError, also where the bytes end too early or are damaged.
    """
    import simplejpeg

    divisor = reduction((found.width, found.height), longest_side, oversampling)
    width, height = -(-found.width // divisor), -(-found.height // divisor)
    # Four channels scale faster than three.
    pixels = simplejpeg.decode_jpeg(data, "RGBA", min_height=height, min_width=width)
    return rgb(pixels, fitted_size((found.width, found.height), longest_side))


def reduction(size: tuple[int, int], longest_side: int | None, oversampling: float = 1.0) -> int:
    """Return by what a decoder may divide `size` (1, 2, 4 or 8), so that the longest side keeps `oversampling` times
    `longest_side` pixels and the shortest at least one."""
    if longest_side is None:
        return 1
    least = longest_side * oversampling
    return next((by for by in (8, 4, 2) if max(size) >= by * least and min(size) >= by), 1)
