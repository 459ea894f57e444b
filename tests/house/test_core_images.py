"""Decoding: real pictures of every kind come out right, hostile bytes come out as PictureError and nothing else."""

import io
import subprocess
import sys
import warnings

import numpy as np
import pytest
from hostile import bomb_png, bombs, encoded, hostile_files, photograph, sixteen_bit_colour_png
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from toolkit.errors import PictureError
from toolkit.images import FORMATS, Limits, decode, encode_png, read_header, resize_square

PHOTOGRAPH = photograph(64)
PIXELS = np.asarray(PHOTOGRAPH)


def frames(name):
    """Return three frames in one file, of new pictures: Pillow leaves the settings of a format on what it saved."""
    first, *others = (PHOTOGRAPH.rotate(turn) for turn in (0, 90, 180))
    return encoded(first, name, save_all=True, append_images=others)


def kind_of(data, call=decode, **options):
    with pytest.raises(PictureError) as caught:
        call(data, **options)
    return caught.value.kind


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_that_is_promised_decodes(name):
    data = encoded(PHOTOGRAPH, name)
    assert read_header(data)[:3] == (64, 64, name)
    decoded = decode(data)
    assert (decoded.shape, decoded.dtype) == ((64, 64, 3), np.uint8)
    lossy = {"JPEG": 6, "WEBP": 6, "AVIF": 8, "GIF": 15}  # mean difference on a 0-255 scale
    assert np.abs(decoded.astype(int) - PIXELS).mean() <= lossy.get(name, 0)


@pytest.mark.parametrize("name", ["GIF", "PNG", "WEBP", "TIFF", "MPO"])
def test_of_several_frames_the_first_is_decoded(name):
    data = frames(name)
    assert read_header(data).animated
    assert np.abs(decode(data).astype(int) - PIXELS).mean() < 16


def test_a_picture_of_two_lenses_is_opened_though_its_format_is_an_odd_jpeg():
    data = frames("MPO")
    assert read_header(data).format == "MPO"


def test_exif_rotation_is_applied_also_while_scaling_down():
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded(PHOTOGRAPH.crop((0, 0, 64, 32)), "JPEG", exif=exif, quality=95)
    assert read_header(data)[:2] == (64, 32)
    upright = np.asarray(PHOTOGRAPH.crop((0, 0, 64, 32)).transpose(Image.Transpose.ROTATE_270))
    assert np.abs(decode(data).astype(int) - upright).mean() < 6
    assert decode(data, longest_side=16).shape == (16, 8, 3)


def test_damaged_exif_does_not_damage_the_pixels():
    plain = encoded(PHOTOGRAPH, "JPEG", quality=95)
    for rubbish in (
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        b"Exif\0\0rubbish",
        b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\x01\x12" * 9,
    ):
        segment = b"\xff\xe1" + (len(rubbish) + 2).to_bytes(2, "big") + rubbish
        assert np.array_equal(decode(plain[:2] + segment + plain[2:]), decode(plain))


def test_transparency_is_laid_on_white():
    layer = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    layer.putpixel((1, 2), (255, 0, 0, 255))
    layer.putpixel((3, 3), (0, 0, 0, 128))
    pixels = decode(encoded(layer, "PNG"))
    assert pixels[0, 0].tolist() == [255, 255, 255]
    assert pixels[2, 1].tolist() == [255, 0, 0]
    assert pixels[3, 3].tolist() == [127, 127, 127]
    palette = Image.new("P", (2, 1))
    palette.putpalette([10, 20, 30, 40, 50, 60])
    palette.putpixel((1, 0), 1)
    assert decode(encoded(palette, "PNG", transparency=0)).tolist() == [[[255, 255, 255], [40, 50, 60]]]


def test_sixteen_bit_pictures_keep_their_brightness():
    for value, expected in ((0, 0), (300, 1), (32_768, 128), (65_535, 255)):
        data = encoded(Image.fromarray(np.full((2, 2), value, np.uint16)), "PNG")
        assert decode(data).tolist() == np.full((2, 2, 3), expected).tolist()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_mode_of_a_png_becomes_rgb(mode):
    image = Image.fromarray(np.asarray(PHOTOGRAPH.convert("L")).astype(np.uint16) << 8) if mode == "I;16" else (
        PHOTOGRAPH.convert(mode)
    )  # fmt: skip
    assert decode(encoded(image, "PNG")).shape == (64, 64, 3)


def test_scaling_down_keeps_the_shape_and_never_scales_up():
    wide = encoded(PHOTOGRAPH.resize((200, 50)), "JPEG")
    assert decode(wide, longest_side=100).shape == (25, 100, 3)
    assert decode(wide, longest_side=500).shape == (50, 200, 3)
    assert decode(encoded(Image.new("RGB", (20_000, 1)), "PNG"), longest_side=64).shape == (1, 64, 3)


def test_the_hostile_folder_decodes_or_says_why():
    found, expected = {}, {}
    for name, (data, hostile) in hostile_files().items():
        expected[name] = hostile.error or hostile.decoding
        try:
            pixels = decode(data, longest_side=256)
            assert pixels.shape[2] == 3
            assert pixels.dtype == np.uint8
            found[name] = None
        except PictureError as error:
            found[name] = error.kind
    assert found == expected


def test_sixteen_bit_colours_keep_their_brightness():
    pixels = decode(sixteen_bit_colour_png(40))
    ramp = (np.linspace(0, 65_535, 40).astype(int) >> 8).tolist()
    assert pixels[0, :, 0].tolist() == ramp
    assert pixels[:, 0, 1].tolist() == ramp


MEASURE = """
import resource, sys
from toolkit.errors import PictureError
from toolkit.images import decode, read_header
decode(open(sys.argv[1], "rb").read(), longest_side=256)  # what the decoders need for themselves
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for path in sys.argv[2:]:
    for call in (read_header, decode):
        try:
            call(open(path, "rb").read())
        except PictureError:
            pass
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def peak_growth(tmp_path, files):
    """Return by how many MiB a process grew while it read and decoded `files`."""
    (tmp_path / "good.jpg").write_bytes(encoded(PHOTOGRAPH, "JPEG"))
    paths = []
    for name, data in files.items():
        paths.append(tmp_path / name)
        paths[-1].write_bytes(data)
    command = [sys.executable, "-c", MEASURE, tmp_path / "good.jpg", *paths]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def test_no_bomb_is_given_memory(tmp_path):
    assert peak_growth(tmp_path, {name: data for name, (data, _) in bombs().items()}) < 32


def test_the_largest_picture_that_is_decoded_takes_no_more_than_its_pixels(tmp_path):
    side = 4_000
    assert peak_growth(tmp_path, {"large.png": bomb_png(side, side)}) < side * side * 6 / 2**20 + 16


def test_a_bomb_is_refused_by_its_header_alone():
    bomb = bomb_png()
    assert kind_of(bomb, read_header) == "too_many_pixels"
    assert kind_of(bomb, decode) == "too_many_pixels"
    assert kind_of(encoded(PHOTOGRAPH, "PNG"), limits=Limits(max_pixels=64 * 64 - 1)) == "too_many_pixels"
    assert kind_of(encoded(PHOTOGRAPH, "PNG"), limits=Limits(max_bytes=100)) == "too_many_bytes"
    assert decode(encoded(PHOTOGRAPH, "PNG"), Limits(max_pixels=64 * 64)).shape == (64, 64, 3)


VALID = {
    name: frames(name) if name in ("GIF", "TIFF", "WEBP", "MPO") else encoded(PHOTOGRAPH, name)
    for name in (*FORMATS, "MPO")
}


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(VALID)), st.data())
def test_damaged_bytes_give_a_picture_or_a_picture_error(name, data):
    damaged = bytearray(VALID[name])
    for place in data.draw(st.lists(st.integers(0, min(len(damaged) - 1, 400)), max_size=6)):
        damaged[place] = data.draw(st.integers(0, 255))
    damaged = bytes(damaged[: data.draw(st.integers(0, len(damaged)))])
    for call in (read_header, decode):
        kind = None
        try:
            call(damaged, Limits(max_pixels=1_000_000))
        except PictureError as error:
            kind = error.kind
        assert kind in {None, "empty", "unknown_format", "too_many_pixels", "truncated", "undecodable"}


def test_decoding_warns_nobody():
    broken = bytearray(encoded(PHOTOGRAPH, "PNG"))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        decode(encoded(PHOTOGRAPH.quantize(16), "PNG", transparency=b"\0\x80\xff"))
        kind_of(bytes(broken[:200]))
    assert caught == []


def test_png_bytes_are_the_same_for_the_same_pixels():
    data = encode_png(PIXELS)
    assert data == encode_png(PIXELS.copy())
    assert np.array_equal(decode(data), PIXELS)
    assert Image.open(io.BytesIO(data)).format == "PNG"


@pytest.mark.parametrize("shape", [(1, 1), (1, 20_000), (20_000, 1), (30, 70), (64, 64)])
def test_a_square_shows_the_whole_picture_on_white(shape):
    square = resize_square(np.zeros((*shape, 3), np.uint8), 64)
    assert (square.shape, square.dtype) == ((64, 64, 3), np.uint8)
    assert (square == 0).any()
    assert (square == 255).any() == (shape[0] != shape[1])
