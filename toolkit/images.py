"""Bytes to pixels, safely: the header first, limits before any decoding, one decode for everyone who needs pixels."""

from __future__ import annotations

import io
import warnings
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from toolkit.codecs import webp
from toolkit.codecs.fastest import decode_plain, layout
from toolkit.codecs.fit import fitted_size, on_white, rgb, settle_process
from toolkit.codecs.jpeg import reduction
from toolkit.codecs.layout import Layout
from toolkit.errors import PictureError

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "AVIF")  # Pillow opens MPO as JPEG


class Limits(NamedTuple):
    """What this machine agrees to decode: `max_bytes` of input and `max_pixels` (width x height) of picture."""

    max_bytes: int = 64 << 20
    max_pixels: int = 64_000_000


class Header(NamedTuple):
    """What a picture's header says: size in pixels, `format` as Pillow names it, and whether it has several frames."""

    width: int
    height: int
    format: str
    animated: bool


def read_header(data: bytes, limits: Limits = Limits()) -> Header:
    """Return the header of the picture in `data`, decoding nothing.

    Raises PictureError (empty, too_many_bytes, unknown_format, too_many_pixels, undecodable).
    """
    found = _layout(data, limits)
    if found is not None:
        return Header(*found[:4])
    with _open(data, limits) as image:
        return Header(image.width, image.height, str(image.format), _is_animated(image))


def decode(
    data: bytes, limits: Limits = Limits(), *, longest_side: int | None = None, oversampling: float = 1.0
) -> NDArray[np.uint8]:
    """Return the first frame as RGB pixels, uint8 of shape (height, width, 3).

    EXIF rotation is applied, transparency is laid on white, 16-bit and palette pictures are converted. With
    `longest_side` the picture is scaled down to fit (a JPEG while it is decoded, which is several times faster);
    it is never scaled up. A JPEG scaled by its decoder alone shows how its blocks lie: with `oversampling` it is
    decoded at so many times `longest_side` or more, then scaled. Raises PictureError (also truncated).

    Plain pictures take the fastest decoder of their format; Pillow has those that are not, or that it could not decode.
    """
    settle_process()
    found = _layout(data, limits)
    pixels = None if found is None or not found.plain else _decode_plainly(data, found, longest_side, oversampling)
    return _decode_by_pillow(data, limits, longest_side, oversampling) if pixels is None else pixels


def encode_png(pixels: NDArray[np.uint8]) -> bytes:
    """Return (height, width, 3) uint8 RGB `pixels` as PNG bytes, the same for the same pixels."""
    sink = io.BytesIO()
    Image.fromarray(pixels).save(sink, "PNG")
    return sink.getvalue()


def resize_square(pixels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Return `pixels` as a (side, side, 3) square: the whole picture, centred on white, nothing cropped away."""
    height, width = pixels.shape[:2]
    scale = side / max(width, height)
    size = max(1, round(width * scale)), max(1, round(height * scale))  # a thin line stays a line, of one pixel
    fitted = Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC)
    square = Image.new("RGB", (side, side), (255, 255, 255))
    square.paste(fitted, (round((side - size[0]) / 2), round((side - size[1]) / 2)))
    return np.asarray(square, dtype=np.uint8)


def crop_square(pixels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Return the middle of `pixels` as a (side, side, 3) square: scaled until the shorter side fits, the rest cut."""
    height, width = pixels.shape[:2]
    scale = side / min(width, height)
    size = max(side, round(width * scale)), max(side, round(height * scale))
    fitted = Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC)
    left, top = (size[0] - side) // 2, (size[1] - side) // 2
    return np.asarray(fitted.crop((left, top, left + side, top + side)), dtype=np.uint8)


def _layout(data: bytes, limits: Limits) -> Layout | None:
    """Return what the bytes say without Pillow, if that is certain. Raises PictureError where it is over `limits`."""
    if not data:
        raise PictureError("empty", "0 bytes")
    if len(data) > limits.max_bytes:
        raise PictureError("too_many_bytes", f"{len(data)} bytes; the limit is {limits.max_bytes}")
    found = layout(data)
    if found is not None:
        _check_size(found.width, found.height, limits)
    return found


def _check_size(width: int, height: int, limits: Limits) -> None:
    if width * height > limits.max_pixels:
        raise PictureError("too_many_pixels", f"{width} x {height} pixels; the limit is {limits.max_pixels} in all")


def _open(data: bytes, limits: Limits) -> ImageFile.ImageFile:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = Image.open(io.BytesIO(data), formats=FORMATS)
        except Image.DecompressionBombError as error:
            raise PictureError("too_many_pixels", str(error)) from error
        except UnidentifiedImageError as error:
            raise PictureError(
                "unknown_format", f"not a picture in {', '.join(FORMATS)}; it begins {data[:16]!r}"
            ) from error
        except Exception as error:  # hostile bytes make decoders raise nearly anything
            raise _failure(error, data) from error
    try:
        _check_size(image.width, image.height, limits)
    except PictureError:
        image.close()
        raise
    return image


def _decode_plainly(
    data: bytes, found: Layout, longest_side: int | None, oversampling: float
) -> NDArray[np.uint8] | None:
    try:
        return decode_plain(data, found, longest_side, oversampling)
    except Exception:  # damaged in some way: Pillow says how, or can still make sense of it
        return None


def _decode_by_pillow(
    data: bytes, limits: Limits, longest_side: int | None, oversampling: float = 1.0
) -> NDArray[np.uint8]:
    with _open(data, limits) as image, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of odd metadata; only pixels are used here
        try:
            size = image.size
            divisor = reduction(size, longest_side, oversampling)
            if divisor > 1:
                image.draft("RGB", (max(1, size[0] // divisor), max(1, size[1] // divisor)))
            stored = image.size
            _turn_upright(image)
            if image.size != stored:  # turned by a quarter
                size = size[::-1]
            return _fitted(image, fitted_size(size, longest_side))
        except Exception as error:
            raise _failure(error, data) from error


def _failure(error: Exception, data: bytes) -> PictureError:
    """Return what a decoder's `error` means: bytes that end too early, or that are wrong."""
    detail = str(error) if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
    if webp.is_cut_short(data):
        return PictureError("truncated", f"{len(data)} bytes of a WebP that is longer")
    return PictureError("truncated" if "truncated" in detail.lower() else "undecodable", detail)


def _is_animated(image: ImageFile.ImageFile) -> bool:
    """Return whether a second frame can be reached, which some formats only know by looking for it."""
    try:
        return bool(getattr(image, "is_animated", False))
    except Exception:  # hostile bytes make decoders raise nearly anything; the first frame may still be whole
        return False


def _turn_upright(image: Image.Image) -> None:
    """Load `image` and turn it as its EXIF says; it stays as it is where its EXIF cannot be read."""
    image.load()
    try:
        ImageOps.exif_transpose(image, in_place=True)
    except Exception:  # damaged metadata does not damage pixels, which are decoded by now
        return


def _fitted(image: Image.Image, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return `image` as RGB of `size`, whatever its mode, what shines through on white."""
    if image.mode == "P":
        return rgb(_coloured(image), size)
    if image.mode.startswith("I;16"):
        return rgb((np.asarray(image) >> 8).astype(np.uint8), size)
    if image.mode in ("I", "F"):  # no fixed range: scaled by the brightest value, as far as that is beyond 8 bits
        values = np.asarray(image, dtype=np.float64)
        scale = 255.0 / max(float(values.max()), 255.0)
        return rgb((values * scale).clip(0, 255).astype(np.uint8), size)
    if image.mode in ("1", "L") and "transparency" not in image.info:
        return rgb(np.asarray(image.convert("L")), size)
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        return on_white(np.asarray(image.convert("RGBA")), size)
    return rgb(np.asarray(image.convert("RGB")), size)


def _coloured(image: Image.Image) -> NDArray[np.uint8]:
    """Return a palette picture as RGBA (alpha 255): 256 colours are laid on white, and not each pixel."""
    ramp = image.crop((0, 0, 256, 1))
    ramp.putdata(range(256))
    colours = np.full((256, 4), 255, np.uint8)
    colours[:, :3] = on_white(np.asarray(ramp.convert("RGBA")), (256, 1))[0]
    chosen = colours.view(np.uint32)[:, 0].take(np.asarray(image), mode="clip")
    return chosen.view(np.uint8).reshape(image.height, image.width, 4)
