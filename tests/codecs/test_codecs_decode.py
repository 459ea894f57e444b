"""Plain pictures decode to Pillow's own pixels, by whichever decoder; damaged ones never decode silently by half."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hostile import encoded, photograph
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from saved_pictures import every, faded, turned
from skimage import data as photographs
from test_codecs_layout import damaged

from toolkit import images
from toolkit.codecs.fastest import decode_plain, layout
from toolkit.codecs.fit import fitted_size, on_white, rgb
from toolkit.codecs.orientation import is_upright
from toolkit.errors import PictureError
from toolkit.images import Limits, decode, read_header

FILES = every()
PLAIN = sorted(name for name, data in FILES.items() if (found := layout(data)) is not None and found.plain)
LARGE = Image.fromarray(photographs.coffee())  # 600 x 400


def by_pillow(data: bytes, longest_side: int | None = None) -> np.ndarray:
    return images._decode_by_pillow(data, Limits(), longest_side)


def outcome(call: Callable[[bytes], np.ndarray], data: bytes) -> np.ndarray | str:
    """Return the pixels, or the kind of error."""
    try:
        return call(data)
    except PictureError as error:
        return error.kind


@pytest.mark.parametrize("longest_side", [None, 20, 48])
@pytest.mark.parametrize("name", PLAIN)
def test_the_fast_decoder_gives_pillows_pixels(name: str, longest_side: int | None) -> None:
    found = layout(FILES[name])
    assert found is not None
    fast = decode_plain(FILES[name], found, longest_side)
    assert fast.dtype == np.uint8
    assert np.array_equal(fast, by_pillow(FILES[name], longest_side))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("size", [(600, 400), (401, 599), (513, 17), (1025, 700), (2500, 3)])
def test_a_large_picture_is_scaled_alike_by_every_decoder(kind: str, size: tuple[int, int]) -> None:
    data = encoded(LARGE.resize(size), kind, quality=95)
    small = decode(data, longest_side=256)
    assert small.shape[:2] == fitted_size(size, 256)[::-1]
    assert np.array_equal(small, by_pillow(data, 256))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("size", [(600, 400), (401, 599), (1025, 700)])
def test_scaling_down_takes_every_pixel_into_account(kind: str, size: tuple[int, int]) -> None:
    data = encoded(LARGE.resize(size), kind, quality=95)
    small = decode(data, longest_side=256)
    smooth = Image.fromarray(decode(data)).resize(small.shape[1::-1], Image.Resampling.BOX)
    assert np.abs(small.astype(int) - np.asarray(smooth)).mean() < 4


@pytest.mark.parametrize("size", [(961, 719), (719, 1283), (2047, 1531)])
def test_odd_sides_are_scaled_as_even_ones_are(size: tuple[int, int]) -> None:
    smooth = Image.radial_gradient("L").resize(size)
    small = rgb(np.asarray(smooth), fitted_size(size, 128))[..., 0].astype(int)
    assert np.abs(small - np.asarray(smooth.resize(small.shape[::-1], Image.Resampling.BOX))).max() <= 3


def test_the_decoder_that_is_used_is_the_fast_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("Pillow was asked")

    monkeypatch.setattr(images, "_decode_by_pillow", refuse)
    for name in PLAIN:
        assert decode(FILES[name]).shape == (48, 48, 3)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_file_cut_short_anywhere_is_refused_as_pillow_refuses_it(kind: str) -> None:
    whole = encoded(photograph(32), kind)
    complete = decode(whole)
    for length in range(1, len(whole)):
        expected, found = outcome(by_pillow, whole[:length]), outcome(decode, whole[:length])
        if isinstance(expected, str):
            assert found == expected
        else:  # what is missing came after the pixels
            assert np.array_equal(found, expected)
            assert np.array_equal(found, complete)


def test_a_png_with_flipped_bits_is_refused() -> None:
    whole = encoded(photograph(32), "PNG")
    start = whole.index(b"IDAT") + 4
    for at in range(start, start + 400, 7):
        changed = whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :]
        with pytest.raises(PictureError):
            decode(changed)


@settings(max_examples=400, deadline=None)
@given(damaged(), st.sampled_from([None, 16]))
def test_damaged_bytes_give_the_promised_array_or_a_picture_error(data: bytes, longest_side: int | None) -> None:
    limits = Limits(max_pixels=1_000_000)
    pixels = outcome(lambda some: decode(some, limits, longest_side=longest_side), data)
    if isinstance(pixels, str):
        assert pixels in {"empty", "unknown_format", "too_many_pixels", "truncated", "undecodable"}
        return
    header = read_header(data, limits)
    assert pixels.dtype == np.uint8
    size = fitted_size((header.width, header.height), longest_side)
    assert pixels.shape in {(size[1], size[0], 3), (size[0], size[1], 3)}
    assert pixels.flags.c_contiguous


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_turns_pictures_of_every_format(orientation: int) -> None:
    picture = photograph(48).crop((0, 0, 48, 20))
    for kind, difference in (("PNG", 0), ("WEBP", 12), ("JPEG", 12)):
        data = encoded(picture, kind, exif=turned(orientation))
        upright = np.asarray(_upright(picture, orientation))
        assert np.abs(decode(data).astype(int) - upright).mean() <= difference


def _upright(picture: Image.Image, orientation: int) -> Image.Image:
    ways = Image.Transpose
    by_tag = (None, ways.FLIP_LEFT_RIGHT, ways.ROTATE_180, ways.FLIP_TOP_BOTTOM, ways.TRANSPOSE, ways.ROTATE_270,
              ways.TRANSVERSE, ways.ROTATE_90)  # fmt: skip
    way = by_tag[orientation - 1]
    return picture if way is None else picture.transpose(way)


@given(st.binary(max_size=60), st.sampled_from([b"", b"II*\0\x08\0\0\0\1\0", b"MM\0*\0\0\0\x08\0\1"]))
def test_metadata_that_cannot_be_read_is_not_called_upright_against_pillow(rubbish: bytes, start: bytes) -> None:
    exif = Image.Exif()
    try:
        exif.load(b"Exif\0\0" + start + rubbish)
        stated = exif.get(0x0112, 1)
    except Exception:
        stated = 1
    if is_upright(start + rubbish, None):
        assert stated not in range(2, 9)


def test_transparency_is_laid_on_white_before_it_is_scaled() -> None:
    layer = faded().resize((200, 100))
    white = Image.new("RGBA", layer.size, "white")
    expected = np.asarray(Image.alpha_composite(white, layer).convert("RGB")).astype(int)
    assert np.abs(on_white(np.asarray(layer), layer.size) - expected).max() <= 1
    small = on_white(np.asarray(layer), (50, 25)).astype(int)
    assert np.abs(small - expected.reshape(25, 4, 50, 4, 3).mean(axis=(1, 3))).max() <= 2


@pytest.mark.parametrize("size", [(1, 1), (3, 7), (20_000, 1), (1, 70_000)])
def test_strange_shapes_fit(size: tuple[int, int]) -> None:
    grey = np.full((size[1], size[0]), 7, np.uint8)
    fitted = rgb(grey, fitted_size(size, 64))
    assert max(fitted.shape) <= 64
    assert (fitted == 7).all()
