"""Which way up a picture is, as its metadata says (EXIF 2.32, section 4.6.4: tag 0x0112; XMP: tiff:Orientation)."""

from __future__ import annotations

import re
import struct

_TAG = 0x0112
_SHORT = 3
_IN_XMP = re.compile(rb'tiff:Orientation(?:="|>)([0-9])')


def is_upright(exif: bytes | None, xmp: bytes | None) -> bool:
    """Return whether the pixels surely need no turning. `exif` is a TIFF structure; it goes before `xmp`."""
    if exif is not None:
        if not exif:
            return False
        stated = _of_exif(exif)
        if stated is None:
            return False
        if stated:
            return not 2 <= stated <= 8
    found = _IN_XMP.search(xmp) if xmp else None
    return found is None or not 2 <= int(found[1]) <= 8


def _of_exif(exif: bytes) -> int | None:
    """Return the orientation in the first directory, 0 where none is stated, None where it cannot be told."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None:
        return None
    try:
        (at,) = struct.unpack_from(order + "I", exif, 4)
        (count,) = struct.unpack_from(order + "H", exif, at)
        tags = struct.unpack_from(order + "H10x" * count, exif, at + 2)
        if _TAG not in tags:
            return 0
        kind, length, value = struct.unpack_from(order + "HIH", exif, at + 4 + 12 * tags.index(_TAG))
    except struct.error:  # the directory ends too early
        return None
    return int(value) if (kind, length) == (_SHORT, 1) else None
