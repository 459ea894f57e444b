"""A folder of everything that has ever broken an image pipeline, each file with a caption beside it.

`write_hostile_folder(folder)` returns what must become of each: see `Hostile`.
"""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

LONG_CAPTION = "a very long caption " * 52_429  # 1 MiB and a little


class Hostile(NamedTuple):
    """One file of the folder: its `caption`, and the `error` class of its row in the pairs table, None for none."""

    caption: str | None
    error: str | None


def photograph(side: int = 96) -> Image.Image:
    """Return a real photograph (the astronaut Eileen Collins, NASA, public domain), `side` pixels square."""
    from skimage import data

    return Image.fromarray(data.astronaut()).crop((140, 0, 340, 200)).resize((side, side))


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """Return `image` in Pillow's format `kind`."""
    sink = io.BytesIO()
    image.save(sink, kind, **options)
    return sink.getvalue()


def bomb_png(width: int = 30_000, height: int = 30_000) -> bytes:
    """Return a valid PNG of width x height one-bit black pixels in some 110 kB, without ever holding the pixels."""
    packer = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def sixteen_bit_png(side: int = 64) -> bytes:
    """Return a grey PNG of 16 bits a pixel."""
    values = np.linspace(0, 65_535, side * side, dtype=np.uint16).reshape(side, side)
    return encoded(Image.fromarray(values), "PNG")


def palette_png(side: int = 64) -> bytes:
    """Return a palette PNG whose first colour is transparent."""
    return encoded(photograph(side).quantize(16), "PNG", transparency=0)


def rotated_jpeg() -> bytes:
    """Return a JPEG of 96 x 48 stored pixels whose EXIF says to turn it by a quarter."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(photograph(96).crop((0, 0, 96, 48)), "JPEG", exif=exif)


def animated_gif() -> bytes:
    """Return a GIF of three frames."""
    frames = [photograph(48).rotate(turn) for turn in (0, 90, 180)]
    return encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=80)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle cx="4" cy="4" r="4"/></svg>'
HTML = b"<!DOCTYPE html><html><head><title>404 Not Found</title></head><body>Gone</body></html>"


def hostile_files() -> dict[str, tuple[bytes, Hostile]]:
    """Return the pictures of the folder by file name: their bytes and what must become of them."""
    good_jpeg = encoded(photograph(), "JPEG", quality=90)
    good_png = encoded(photograph(), "PNG")
    return {
        "animated.gif": (animated_gif(), Hostile("three frames of an astronaut", None)),
        "bomb.png": (bomb_png(), Hostile("nothing but darkness", "too_many_pixels")),
        "caption-arabic.jpg": (good_jpeg, Hostile("رائدة فضاء تبتسم أمام العلم \u202e txet", None)),
        "caption-html.png": (good_png, Hostile("<script>alert('astronaut')</script> & <b>more</b>", None)),
        "caption-long.jpg": (encoded(photograph(80), "JPEG"), Hostile(LONG_CAPTION, None)),
        "caption-nul.jpg": (encoded(photograph(72), "JPEG"), Hostile("an astro\0naut", None)),
        "cmyk.jpg": (encoded(photograph().convert("CMYK"), "JPEG"), Hostile("an astronaut in four inks", None)),
        "drawing.svg": (SVG, Hostile("a circle", "unknown_format")),
        "empty.png": (b"", Hostile("nothing at all", "empty")),
        "exif-rotated.jpg": (rotated_jpeg(), Hostile("an astronaut lying on her side", None)),
        "good.jpg": (good_jpeg, Hostile("an astronaut in front of a flag", None)),
        "long.png": (encoded(Image.new("RGB", (20_000, 1), "navy"), "PNG"), Hostile("a very long line", None)),
        "no-caption.png": (encoded(photograph(64), "PNG"), Hostile(None, None)),
        "palette.png": (palette_png(), Hostile("an astronaut in sixteen colours", None)),
        "pixel.png": (encoded(Image.new("RGB", (1, 1), "red"), "PNG"), Hostile("one red pixel", None)),
        "sixteen-bit.png": (sixteen_bit_png(), Hostile("a grey ramp of sixteen bits", None)),
        "text.jpg": (b"This is not a picture.\n", Hostile("text called a picture", "unknown_format")),
        "truncated.png": (good_png[: len(good_png) // 2], Hostile("half an astronaut", None)),
        "webpage.jpg": (HTML, Hostile("a page that was gone", "unknown_format")),
    }


def write_hostile_folder(folder: Path) -> dict[str, Hostile]:
    """Fill `folder` and return, by the path of each row in it, what the pairs table must say of that row.

    A header can be read of a truncated picture; only decoding finds it, so its row has no error there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    expected: dict[str, Hostile] = {}
    for name, (data, hostile) in hostile_files().items():
        (folder / name).write_bytes(data)
        if hostile.caption is not None:
            (folder / name).with_suffix(".txt").write_text(hostile.caption, encoding="utf-8", newline="")
        expected[name] = hostile
    (folder / "orphan.txt").write_text("a caption whose picture was lost", encoding="utf-8")
    expected["orphan.txt"] = Hostile("a caption whose picture was lost", "no_picture")
    (folder / "broken-link.jpg").symlink_to(folder / "not-there.jpg")
    (folder / "broken-link.txt").write_text("a link to nowhere", encoding="utf-8")
    expected["broken-link.jpg"] = Hostile("a link to nowhere", "missing")
    (folder / "not-utf8.png").write_bytes(encoded(photograph(56), "PNG"))
    (folder / "not-utf8.txt").write_bytes(b"caf\xe9 with an astronaut")
    expected["not-utf8.png"] = Hostile("caf\ufffd with an astronaut", None)
    return expected
