"""Pictures scaled down for keeping, with their transparency."""

from __future__ import annotations

import io

from PIL import Image

from toolkit.images import FORMATS, Limits, read_header


def shrink_to_webp(data: bytes, longest_side: int, quality: int = 85) -> bytes:
    """Return the picture in `data` as WebP whose longer side is at most `longest_side` pixels, never scaled up.

    Transparency is kept; only the first frame is. The same bytes give the same bytes. Raises PictureError for
    bytes that `toolkit.images.read_header` refuses.
    """
    read_header(data, Limits())
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        clear = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
        pixels = image.convert("RGBA" if clear else "RGB")
    if max(pixels.size) > longest_side:
        pixels.thumbnail((longest_side, longest_side), Image.Resampling.LANCZOS, reducing_gap=3.0)
    sink = io.BytesIO()
    pixels.save(sink, "WEBP", quality=quality, method=4)
    return sink.getvalue()
