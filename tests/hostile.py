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
    """One file of the folder: its `caption`, and the `error` class of its row in the pairs table, None for none.

    `decoding` is the class of an error that its header hides.
    """

    caption: str | None
    error: str | None
    decoding: str | None = None


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


def bomb_gif(side: int = 65_535) -> bytes:
    """Return a GIF of a huge screen with a frame of one pixel on it."""
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x4c\x01\x00"
    return b"GIF89a" + struct.pack("<HHBBB", side, side, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff" + frame + b";"


def gif_of_frames(count: int = 2_000) -> bytes:
    """Return a GIF of many frames, small in bytes, that would fill memory if anybody kept them all decoded."""
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x4c\x01\x00"
    first = animated_gif()
    return first[:-1] + frame * count + b";"


def bomb_webp() -> bytes:
    """Return a WebP whose frame calls itself as large as the format allows: 16,383 x 16,383."""
    data = bytearray(encoded(photograph(32), "WEBP"))
    data[26:30] = struct.pack("<HH", 16_383, 16_383)
    return bytes(data)


def bomb_jpeg() -> bytes:
    """Return a JPEG whose frame calls itself 65,535 x 65,535."""
    data = bytearray(encoded(photograph(32), "JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", 65_535, 65_535)
    return bytes(data)


def bomb_tiff(side: int = 100_000) -> bytes:
    """Return a TIFF of one strip that calls itself 100,000 x 100,000 grey pixels."""
    tags = [(256, side), (257, side), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, side), (279, 64)]
    directory = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    pixels = bytes(64)
    start = struct.pack("<2sHI", b"II", 42, 8 + len(pixels))
    return start + pixels + struct.pack("<H", len(tags)) + directory + bytes(4)


def sixteen_bit_colour_png(side: int = 40) -> bytes:
    """Return an RGB PNG of 16 bits a channel: red grows to the right, green downwards."""
    ramp = np.linspace(0, 65_535, side).astype(">u2")
    pixels = np.zeros((side, side, 3), ">u2")
    pixels[..., 0], pixels[..., 1] = ramp[None, :], ramp[:, None]
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", side, side, 16, 2, 0, 0, 0)
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


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
    return animated("GIF", 48)


def animated(kind: str, side: int) -> bytes:
    """Return three frames in one file."""
    frames = [photograph(side).rotate(turn) for turn in (0, 90, 180)]
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=80)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle cx="4" cy="4" r="4"/></svg>'
HTML = b"<!DOCTYPE html><html><head><title>404 Not Found</title></head><body>Gone</body></html>"


def hostile_files() -> dict[str, tuple[bytes, Hostile]]:
    """Return the pictures of the folder by file name: their bytes and what must become of them."""
    good_jpeg = encoded(photograph(), "JPEG", quality=90)
    good_png = encoded(photograph(), "PNG")
    good_webp = encoded(photograph(84), "WEBP", quality=90)
    return {
        **bombs(),
        "animated.gif": (animated_gif(), Hostile("three frames of an astronaut", None)),
        "animated-png.png": (animated("PNG", 50), Hostile("an astronaut who turns in a PNG", None)),
        "animated-webp.webp": (animated("WEBP", 52), Hostile("an astronaut who turns in a WebP", None)),
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
        "sixteen-bit-colour.png": (sixteen_bit_colour_png(), Hostile("red and green of sixteen bits", None)),
        "sixteen-bit.png": (sixteen_bit_png(), Hostile("a grey ramp of sixteen bits", None)),
        "text.jpg": (b"This is not a picture.\n", Hostile("text called a picture", "unknown_format")),
        "truncated-jpeg.jpg": (good_jpeg[: len(good_jpeg) * 2 // 3], Hostile("most of her", None, "truncated")),
        "truncated.png": (good_png[: len(good_png) // 2], Hostile("half an astronaut", None, "truncated")),
        "truncated-webp.webp": (good_webp[: len(good_webp) // 2], Hostile("the upper half", "truncated")),
        "webpage.jpg": (HTML, Hostile("a page that was gone", "unknown_format")),
        "wrong-extension.png": (encoded(photograph(88), "JPEG"), Hostile("an astronaut under another name", None)),
        "zeros.jpg": (bytes(4096), Hostile("four thousand zeros", "unknown_format")),
    }


def bombs() -> dict[str, tuple[bytes, Hostile]]:
    """Return small files that are huge pictures, or say so, and one of very many frames, of which the first is good."""
    return {
        "bomb-screen.gif": (bomb_gif(), Hostile("a screen without end", "too_many_pixels")),
        "bomb-photograph.jpg": (bomb_jpeg(), Hostile("a photograph without end", "too_many_pixels")),
        "bomb.png": (bomb_png(), Hostile("nothing but darkness", "too_many_pixels")),
        "bomb-map.tif": (bomb_tiff(), Hostile("a map of everything", "too_many_pixels")),
        "bomb-frame.webp": (bomb_webp(), Hostile("a picture as large as can be", "too_many_pixels")),
        "frames.gif": (gif_of_frames(), Hostile("a film of two thousand frames", None)),
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
