"""PNG: the layout from its chunks (W3C PNG, third edition, section 11), pixels by the decoder of kornia-rs."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from toolkit.codecs.fit import fitted_size, on_white, rgb
from toolkit.codecs.layout import Layout
from toolkit.codecs.orientation import is_upright

_SIGNATURE = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
_START, _CHUNK = struct.Struct(">16sIIBBBBBI"), struct.Struct(">I4s")
# Of each colour type: bits; and of those that are decoded here, what kornia-rs calls them.
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_MODES = {0: "mono", 2: "rgb", 6: "rgba"}
_SHORTEST = dict.fromkeys((b"PLTE", b"tRNS", b"tIME", b"bKGD", b"sBIT"), 0)
_SHORTEST |= {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"pHYs": 9}
_FIRST_CHUNK_END = 8 + 4 + 4 + 13 + 4
_LARGEST_TEXT = _LARGEST_PROFILE = 1 << 20  # bytes; far below what Pillow refuses


def layout(data: bytes) -> Layout | None:
    """Return the layout of the PNG in `data`, or None where it is animated, damaged or has chunks of other kinds."""
    if len(data) < _FIRST_CHUNK_END:
        return None
    start, width, height, depth, colour, _, filtering, _, checksum = _START.unpack_from(data)
    usual = start == _SIGNATURE and width and height and not filtering and depth in _DEPTHS.get(colour, ())
    if not usual or checksum != zlib.crc32(data[12:29]):
        return None
    plain, at = depth == 8 and colour in _MODES, _FIRST_CHUNK_END
    while at + 12 <= len(data):
        length, kind = _CHUNK.unpack_from(data, at)
        if kind == b"IDAT":
            return Layout(width, height, "PNG", animated=False, plain=plain)
        stop = at + 12 + length
        chunk = data[at + 8 : stop - 4]
        if stop > len(data) or not _is_known(kind, chunk) or (kind == b"tRNS" and colour != 3 and length < 6):
            return None
        if zlib.crc32(chunk, zlib.crc32(kind)) != int.from_bytes(data[stop - 4 : stop], "big"):
            return None
        plain, at = plain and _calls_for_nothing(kind, chunk), stop
    return None


def decode(data: bytes, found: Layout, longest_side: int | None) -> NDArray[np.uint8]:
    """Return the RGB pixels of a plain PNG.

    Raises ValueError where the bytes end too early or are damaged, or metadata after the pixels asks for turning them.
    """
    from kornia_rs.io import decode_image_png_u8

    if not _is_whole(data):
        raise ValueError("damaged, or with metadata after the pixels")
    mode = _MODES[data[25]]
    try:
        pixels = decode_image_png_u8(data, (found.height, found.width), mode)
    except Exception as error:  # it raises nothing more special
        raise ValueError(str(error)) from error
    size = fitted_size((found.width, found.height), longest_side)
    return on_white(pixels, size) if mode == "rgba" else rgb(pixels[..., 0] if mode == "mono" else pixels, size)


def _is_known(kind: bytes, chunk: bytes) -> bool:
    """Return whether Pillow surely accepts this chunk before the pixels."""
    if kind in (b"tEXt", b"eXIf"):
        return len(chunk) <= _LARGEST_TEXT
    if kind == b"iTXt":
        compressed = chunk[chunk.find(b"\0") + 1 :][:1] != b"\0"
        return len(chunk) <= _LARGEST_TEXT and not compressed
    if kind == b"iCCP":
        return _is_small_profile(chunk[chunk.find(b"\0") + 1 :])
    return len(chunk) >= _SHORTEST.get(kind, 1 << 32)


def _is_small_profile(profile: bytes) -> bool:
    if profile[:1] != b"\0":
        return False
    inflater = zlib.decompressobj()
    try:
        inflater.decompress(profile[1:], _LARGEST_PROFILE)
    except zlib.error:  # a damaged profile is no profile
        return True
    return not inflater.unconsumed_tail


def _calls_for_nothing(kind: bytes, chunk: bytes) -> bool:
    """Return whether the pixels can be taken as they are: no colour stands for transparent, nothing is to be turned."""
    if kind in (b"tEXt", b"iTXt"):
        key = chunk.partition(b"\0")[0]
        return key not in (b"exif", b"Raw profile type exif") and is_upright(None, chunk)
    return is_upright(chunk, None) if kind == b"eXIf" else kind != b"tRNS"


def _is_whole(data: bytes) -> bool:
    """Return whether all chunks are there, undamaged, and none after the pixels calls for anything.

    The decoder looks at nothing after the pixels; it does look at the checksums of these.
    """
    at, pixels = _FIRST_CHUNK_END, False
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kind, stop = data[at + 4 : at + 8], at + 12 + length
        if kind == b"IEND":
            return True
        pixels = pixels or kind == b"IDAT"
        if stop > len(data) or (pixels and kind not in (b"IDAT", b"tIME", b"tEXt")):
            return False
        if kind != b"IDAT":
            checksum = zlib.crc32(memoryview(data)[at + 4 : stop - 4])
            if checksum != int.from_bytes(data[stop - 4 : stop], "big"):
                return False
        if kind == b"tEXt" and not _calls_for_nothing(kind, data[at + 8 : stop - 4]):
            return False
        at = stop
    return False
