"""GIF: the layout from its blocks (GIF89a specification, sections 18 to 26). Pixels are left to Pillow."""

from __future__ import annotations

import struct

from toolkit.codecs.layout import Layout

_EXTENSION, _CONTROL, _IMAGE, _TRAILER = 0x21, 0xF9, 0x2C, 0x3B


def layout(data: bytes) -> Layout | None:
    """Return the layout of the GIF in `data`, or None where its blocks are not all as they should be up to there.

    The canvas is as large as the first frame needs it, which is how browsers and Pillow see it.
    """
    if data[:6] not in (b"GIF87a", b"GIF89a") or len(data) < 13:
        return None
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    at = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    frames = 0
    try:
        while True:
            kind = data[at]
            if kind == _IMAGE:
                left, top, wide, high, flags = struct.unpack_from("<HHHHB", data, at + 1)
                at += 11 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
                frames += 1
                if frames == 2:
                    return Layout(width, height, "GIF", animated=True, plain=False) if at <= len(data) else None
                width, height = max(width, left + wide), max(height, top + high)
                at = _after_blocks(data, at)
            elif kind == _EXTENSION:
                if data[at + 1] == _CONTROL and data[at + 2] < 4:
                    return None
                at = _after_blocks(data, at + 2)
            elif kind == _TRAILER:
                break
            else:
                return None
    except (IndexError, struct.error):  # it ends too early
        return None
    return Layout(width, height, "GIF", animated=False, plain=False) if frames and width and height else None


def _after_blocks(data: bytes, at: int) -> int:
    """Return the place after the sub-blocks that begin at `at`."""
    while length := data[at]:
        at += 1 + length
    return at + 1
