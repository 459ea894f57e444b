"""WebP: the layout from its RIFF chunks (RFC 9649, section 2), pixels by libwebp's decoder of single pictures."""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

from toolkit.codecs.fit import fitted_size, on_white, rgb
from toolkit.codecs.layout import Layout
from toolkit.codecs.orientation import is_upright

_START, _CHUNK = struct.Struct("<4sI4s4sI"), struct.Struct("<4sI")
_LOSSLESS, _KEY_FRAME = struct.Struct("<BI"), struct.Struct("<HB3sHH")
_SEVERAL_PARTS, _METADATA = 0x03, {b"EXIF", b"XMP "}
_BEFORE_PIXELS = {b"ICCP", b"ALPH"}


def layout(data: bytes) -> Layout | None:
    """Return the layout of the WebP in `data`, or None where it is animated, damaged or oddly put together."""
    if len(data) < 30:
        return None
    riff, size, webp, kind, length = _START.unpack_from(data)
    size += 8
    if riff != b"RIFF" or webp != b"WEBP" or size > len(data) or size % 2:
        return None
    if kind != b"VP8X":
        side = _size_of_frame(data, 12, size)
        whole = 20 + length + length % 2 == size
        return None if side is None or not whole else Layout(*side, "WEBP", False, True)  # noqa: FBT003
    if length != 10 or data[20] & _SEVERAL_PARTS:
        return None
    canvas = 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    return _extended(data, canvas, size)


def decode(data: bytes, found: Layout, longest_side: int | None) -> NDArray[np.uint8]:
    """Return the RGB pixels of a plain WebP. Raises ValueError where the bytes end too early or are damaged."""
    import cv2

    file = np.frombuffer(data, np.uint8, 8 + int.from_bytes(data[4:8], "little"))  # what follows is none of it
    pixels = cv2.imdecode(file, cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.shape[:2] != (found.height, found.width):
        raise ValueError("libwebp cannot decode it")
    size = fitted_size((found.width, found.height), longest_side)
    fitted = (on_white if pixels.shape[2] == 4 else rgb)(np.asarray(pixels, np.uint8), size)
    return np.asarray(cv2.cvtColor(fitted, cv2.COLOR_BGR2RGB), np.uint8)


def is_cut_short(data: bytes) -> bool:
    """Return whether `data` is the beginning of a WebP that says it is longer."""
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP" and 8 + int.from_bytes(data[4:8], "little") > len(data)


def _extended(data: bytes, canvas: tuple[int, int], size: int) -> Layout | None:
    """Return the layout of a file that begins with the chunk VP8X: one frame as large as `canvas`, and metadata."""
    metadata: dict[bytes, bytes] = {}
    frames, at = 0, 30
    while at + 8 <= size:
        kind, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        stop = at + 8 + length + length % 2
        if stop > size:
            return None
        if kind in (b"VP8 ", b"VP8L"):
            frames += 1
            if _size_of_frame(data, at, size) != canvas:
                return None
        elif kind in _METADATA and kind not in metadata:
            metadata[kind] = data[at + 8 : at + 8 + length]
        elif kind not in _BEFORE_PIXELS or frames:
            return None
        at = stop
    if frames != 1 or at != size:
        return None
    exif = metadata.get(b"EXIF")
    upright = is_upright(None if exif is None else exif.removeprefix(b"Exif\0\0"), metadata.get(b"XMP "))
    return Layout(*canvas, "WEBP", animated=False, plain=upright)


def _size_of_frame(data: bytes, at: int, end: int) -> tuple[int, int] | None:
    """Return width and height in the chunk at `at`: VP8 (RFC 6386, section 9.1) or VP8L (RFC 9649, section 3.4)."""
    kind, length = _CHUNK.unpack_from(data, at)
    if length < 10 or at + 8 + length > end:
        return None
    if kind == b"VP8L":
        signature, bits = _LOSSLESS.unpack_from(data, at + 8)
        return None if signature != 0x2F or bits >> 29 else ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    low, high, start, width, height = _KEY_FRAME.unpack_from(data, at + 8)
    # Not a key frame, an unknown profile, a hidden frame, or a first part that is longer than all.
    odd = low & 1 or low >> 1 & 7 > 3 or not low >> 4 & 1 or (low | high << 16) >> 5 >= length
    if kind != b"VP8 " or odd or start != b"\x9d\x01\x2a":
        return None
    width, height = width & 0x3FFF, height & 0x3FFF
    return (width, height) if width and height else None
