"""Small real pictures in every way of saving that the codecs tell apart."""

from __future__ import annotations

import zlib

import numpy as np
from hostile import encoded, photograph
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

PHOTOGRAPH = photograph(48)
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
UPRIGHT_XMP = b'<x:xmpmeta tiff:Orientation="1"/>'
TURNED_XMP = b'<x:xmpmeta tiff:Orientation="6"/>'


def turned(orientation: int) -> Image.Exif:
    """Return EXIF that asks for turning the picture."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "a maker of cameras"
    return exif


def frames(kind: str) -> bytes:
    """Return a file of three frames."""
    first, *others = (PHOTOGRAPH.rotate(turn) for turn in (0, 90, 180))
    return encoded(first, kind, save_all=True, append_images=others)


def faded() -> Image.Image:
    """Return the photograph, fading to nothing from bottom to top."""
    layer = PHOTOGRAPH.convert("RGBA")
    layer.putalpha(Image.linear_gradient("L").resize(layer.size))
    return layer


def texts() -> PngInfo:
    """Return text chunks as programs write them."""
    made = PngInfo()
    made.add_text("Software", "a painter")
    made.add_itxt("XML:com.adobe.xmp", UPRIGHT_XMP.decode())
    return made


def sixteen_bits() -> Image.Image:
    """Return a grey ramp."""
    return Image.fromarray(np.linspace(0, 65_535, 48 * 48, dtype=np.uint16).reshape(48, 48))


def interlaced() -> bytes:
    """Return a PNG of seven passes (W3C PNG, third edition, section 8.1), which Pillow reads but does not write."""
    plain, pixels = encoded(PHOTOGRAPH, "PNG"), np.asarray(PHOTOGRAPH)
    passes = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
    lines = b"".join(
        b"\0" + row.tobytes() for top, left, down, across in passes for row in pixels[top::down, left::across]
    )
    header = b"IHDR" + plain[16:28] + b"\1"
    made = plain[:8]
    for chunk in (header, b"IDAT" + zlib.compress(lines), b"IEND"):
        made += (len(chunk) - 4).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big")
    return made


def jpegs() -> dict[str, bytes]:
    """Return JPEGs by what is special in them."""
    return {
        "jpeg": encoded(PHOTOGRAPH, "JPEG"),
        "jpeg progressive": encoded(PHOTOGRAPH, "JPEG", progressive=True),
        "jpeg grey": encoded(PHOTOGRAPH.convert("L"), "JPEG"),
        "jpeg cmyk": encoded(PHOTOGRAPH.convert("CMYK"), "JPEG"),
        "jpeg full chroma": encoded(PHOTOGRAPH, "JPEG", subsampling=0),
        "jpeg with profile": encoded(PHOTOGRAPH, "JPEG", icc_profile=PROFILE, comment=b"hello", xmp=UPRIGHT_XMP),
        "jpeg upright": encoded(PHOTOGRAPH, "JPEG", exif=turned(1)),
        "jpeg turned": encoded(PHOTOGRAPH, "JPEG", exif=turned(6)),
        "jpeg turned by xmp": encoded(PHOTOGRAPH, "JPEG", xmp=TURNED_XMP),
        "mpo": frames("MPO"),
    }


def pngs() -> dict[str, bytes]:
    """Return PNGs by what is special in them."""
    return {
        "png": encoded(PHOTOGRAPH, "PNG"),
        "png rgba": encoded(faded(), "PNG"),
        "png grey": encoded(PHOTOGRAPH.convert("L"), "PNG"),
        "png grey alpha": encoded(faded().convert("LA"), "PNG"),
        "png of two colours": encoded(PHOTOGRAPH.convert("1"), "PNG"),
        "png palette": encoded(PHOTOGRAPH.quantize(200), "PNG"),
        "png palette transparent": encoded(PHOTOGRAPH.quantize(16), "PNG", transparency=0),
        "png colour key": encoded(PHOTOGRAPH, "PNG", transparency=PHOTOGRAPH.getpixel((0, 0))),
        "png sixteen bits": encoded(sixteen_bits(), "PNG"),
        "png with texts": encoded(PHOTOGRAPH, "PNG", pnginfo=texts(), icc_profile=PROFILE, dpi=(72, 72)),
        "png turned": encoded(PHOTOGRAPH, "PNG", exif=turned(3)),
        "png animated": frames("PNG"),
        "png interlaced": interlaced(),
    }


def others() -> dict[str, bytes]:
    """Return WebPs and GIFs by what is special in them."""
    return {
        "webp": encoded(PHOTOGRAPH, "WEBP"),
        "webp alpha": encoded(faded(), "WEBP"),
        "webp lossless": encoded(PHOTOGRAPH, "WEBP", lossless=True),
        "webp lossless alpha": encoded(faded(), "WEBP", lossless=True),
        "webp with profile": encoded(PHOTOGRAPH, "WEBP", icc_profile=PROFILE, exif=turned(1), xmp=UPRIGHT_XMP),
        "webp turned": encoded(PHOTOGRAPH, "WEBP", exif=turned(8)),
        "webp animated": frames("WEBP"),
        "gif": encoded(PHOTOGRAPH, "GIF"),
        "gif animated": frames("GIF"),
    }


def every() -> dict[str, bytes]:
    """Return all of them."""
    return {**jpegs(), **pngs(), **others()}
