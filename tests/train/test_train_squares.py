from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from toolkit.images import crop_square, encode_png
from toolkit.store import RunFolder
from toolkit.train.squares import read_squares, square


def bands(height: int, width: int) -> np.ndarray:
    """Thirds along the longer side: red, green, blue."""
    third = np.eye(3, dtype=np.uint8) * 255
    line = third[np.minimum(np.arange(max(height, width)) * 3 // max(height, width), 2)]
    across = np.broadcast_to(line[None], (min(height, width), *line.shape))
    return np.ascontiguousarray(across if width >= height else across.transpose(1, 0, 2))


@pytest.mark.parametrize(("height", "width"), [(30, 90), (90, 30)])
def test_a_crop_is_the_middle_and_says_where_it_was(height: int, width: int) -> None:
    found = square(encode_png(bands(height, width)), 30, "crop")
    assert found.pixels.shape == (30, 30, 3)
    assert (found.pixels[2:-2, 2:-2].reshape(-1, 3).mean(0).round() == [0, 255, 0]).all()
    assert (found.height, found.width) == (height, width)
    assert (found.top, found.left) == ((0, 30) if width > height else (30, 0))


def test_a_padded_picture_is_whole_and_counts_as_the_square_that_it_became() -> None:
    found = square(encode_png(bands(30, 90)), 30, "pad")
    colours = found.pixels[15, [2, 15, 27]]
    assert (colours.argmax(1) == [0, 1, 2]).all()
    assert (found.pixels[[0, -1]] == 255).all()
    assert found[1:] == (90, 90, 0, 0)


def test_a_picture_that_is_turned_by_its_camera_is_cropped_upright() -> None:
    from io import BytesIO

    sink, exif = BytesIO(), Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    Image.fromarray(bands(30, 90)).save(sink, "JPEG", exif=exif, quality=95)
    found = square(sink.getvalue(), 30, "crop")
    assert (found.height, found.width) == (90, 30)
    assert (found.top, found.left) == (30, 0)
    assert (found.pixels[5:-5, 5:-5].reshape(-1, 3).mean(0).argmax()) == 1


@given(height=st.integers(1, 80), width=st.integers(1, 80), side=st.integers(1, 40))
def test_a_crop_has_the_size_that_was_asked_for(height: int, width: int, side: int) -> None:
    grey = np.full((height, width, 3), 77, np.uint8)
    cropped = crop_square(grey, side)
    assert cropped.shape == (side, side, 3)
    assert (cropped == 77).all()


def test_pictures_come_in_the_order_of_the_pairs_and_in_any_part_of_it(curated: RunFolder) -> None:
    whole = [one.pixels for one in read_squares([curated], 16, "pad", range(48))]
    assert len(whole) == 48
    part = [one.pixels for one in read_squares([curated], 16, "pad", range(11, 20))]
    assert np.array_equal(np.stack(part), np.stack(whole[11:20]))
