"""Borders: found on pictures that were given one, not on pictures as they come."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps
from skimage import data

from toolkit.curate.pictures.border import PictureBorder, border_share, inner_box
from toolkit.curate.scorer import Batch
from toolkit.images import decode

PHOTOGRAPH = Image.fromarray(data.coffee()).resize((160, 107))


def trim_box(pixels: np.ndarray) -> tuple[int, ...]:
    """What is left without a border; the whole picture where nothing is."""
    return inner_box(pixels) or (0, 0, pixels.shape[1], pixels.shape[0])


SIDES = st.one_of(st.just((0, 0)), st.tuples(st.integers(1, 40), st.integers(1, 40)))


@given(SIDES, SIDES, st.sampled_from(["black", "white", "navy", "gray"]))
def test_a_border_on_opposite_sides_is_trimmed_to_the_pixel(
    beside: tuple[int, int], above: tuple[int, int], colour: str
) -> None:
    framed = np.asarray(ImageOps.expand(PHOTOGRAPH, (beside[0], above[0], beside[1], above[1]), fill=colour))
    assert trim_box(framed) == (beside[0], above[0], beside[0] + 160, above[0] + 107)
    assert border_share(framed) == pytest.approx(1 - 160 * 107 * 3 / framed.size)


@pytest.mark.parametrize("side", range(4))
def test_a_stripe_at_one_side_is_part_of_the_picture(side: int) -> None:
    stripe = [0, 0, 0, 0]
    stripe[side] = 20
    framed = np.asarray(ImageOps.expand(PHOTOGRAPH, tuple(stripe), fill="black"))
    assert trim_box(framed) == (0, 0, framed.shape[1], framed.shape[0])


def test_a_photograph_has_no_border() -> None:
    for one in (data.astronaut(), data.coffee(), data.chelsea()):
        assert trim_box(one) == (0, 0, one.shape[1], one.shape[0])
        assert border_share(one) == 0


def test_a_frame_within_a_margin_goes_too() -> None:
    framed = ImageOps.expand(ImageOps.expand(PHOTOGRAPH, 6, fill="black"), 10, fill="white")
    assert trim_box(np.asarray(framed)) == (16, 16, 176, 123)


def test_the_square_on_a_page_stays_though_it_is_of_one_colour() -> None:
    page = np.full((100, 100, 3), 255, np.uint8)
    page[20:70, 30:60] = (200, 0, 0)
    assert trim_box(page) == (30, 20, 60, 70)
    assert border_share(page) == pytest.approx(1 - 0.5 * 0.3)


def test_the_stripes_of_a_flag_are_no_border() -> None:
    flag = np.zeros((60, 90, 3), np.uint8)
    flag[:30], flag[30:] = (255, 255, 255), (220, 20, 60)
    assert trim_box(flag) == (0, 0, 90, 60)


def test_a_picture_of_one_colour_is_all_border_and_stays_whole() -> None:
    grey = np.full((30, 50, 3), 99, np.uint8)
    assert trim_box(grey) == (0, 0, 50, 30)
    assert PictureBorder().score(Batch(thumbnails=[grey]))["picture_border"] == [1.0]


@pytest.mark.parametrize("quality", [30, 75, 95])
def test_what_jpeg_does_to_a_border_does_not_hide_it(quality: int) -> None:
    sink = io.BytesIO()
    ImageOps.expand(PHOTOGRAPH.resize((320, 216)), (0, 48, 0, 48), fill="black").save(sink, "JPEG", quality=quality)
    left, top, right, bottom = trim_box(decode(sink.getvalue()))
    assert (left, right) == (0, 320)
    assert abs(top - 48) <= 4
    assert abs(bottom - 264) <= 4
