"""Whether bytes begin like a picture, whatever a server calls them."""

from __future__ import annotations

from toolkit.sources.web.failures import FetchFailure

_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_PORTABLE = tuple(b"P%d" % digit for digit in range(1, 8))


def check_opening(first: bytes) -> None:
    """Raise FetchFailure (empty, not_an_image) where a body that begins with the bytes `first` is no picture that
    `toolkit.images` knows: JPEG, PNG, WebP, GIF, BMP, TIFF, PPM or AVIF."""
    if not first:
        raise FetchFailure("empty", "an answer of 0 bytes")
    known = first.startswith(_BEGINNINGS) or (first[:4] == b"RIFF" and first[8:12] in (b"WEBP", b""))
    portable = first.startswith(_PORTABLE) and first[2:3] in (b" ", b"\t", b"\n", b"\r", b"#")
    if not (known or portable or first[4:8] == b"ftyp"):
        raise FetchFailure("not_an_image", f"the body begins {first!r}")
