"""Scores of pictures from their header and their tones: on real and on empty pictures, against plain definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image, ImageFilter
from skimage import data
from skimage.measure import shannon_entropy

from toolkit.curate.pictures.blankness import PictureBlankness, blankness
from toolkit.curate.pictures.sharpness import PictureSharpness, sharpness
from toolkit.curate.pictures.size import PictureSize
from toolkit.curate.pictures.tones import PictureTones
from toolkit.curate.scorer import Batch
from toolkit.images import Header

PIXELS = arrays.arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12), st.just(3)))
PHOTOGRAPH = np.asarray(Image.fromarray(data.chelsea()).resize((256, 170)))


def tones(*pictures: np.ndarray) -> dict[str, list[float]]:
    return PictureTones().score(Batch(thumbnails=pictures))  # type: ignore[return-value]


def solid(level: int, height: int = 40, width: int = 30) -> np.ndarray:
    return np.full((height, width, 3), level, np.uint8)


def test_an_empty_picture_has_no_entropy_and_is_all_blank() -> None:
    assert tones(solid(255))["picture_entropy"] == [0]
    assert blankness(solid(255)) == 1


def test_two_tones_in_equal_shares_are_one_bit_half_blank_and_of_full_contrast() -> None:
    half = solid(0, 10, 10)
    half[:5] = 255
    found = tones(half)
    assert found["picture_entropy"] == pytest.approx([1])
    assert found["picture_brightness"] == pytest.approx([0.5])
    assert found["picture_contrast"] == pytest.approx([0.5])
    assert found["picture_dark"] == pytest.approx([0.5])
    assert found["picture_light"] == pytest.approx([0.5])
    assert blankness(half) == 0.5


def test_a_photograph_is_neither_blank_nor_poor_nor_odd_in_brightness() -> None:
    found = tones(PHOTOGRAPH)
    assert 6.5 < found["picture_entropy"][0] <= 8
    assert blankness(PHOTOGRAPH) < 0.4
    assert 0.3 < found["picture_brightness"][0] < 0.7
    assert found["picture_dark"][0] < 0.5
    assert found["picture_light"][0] < 0.05


@pytest.mark.parametrize(("darker", "dark", "light"), [(0.2, True, False), (1.0, False, False)])
def test_dark_is_what_cleanvision_calls_dark(darker: float, dark: bool, light: bool) -> None:
    found = tones((PHOTOGRAPH * darker).astype(np.uint8), 255 - (PHOTOGRAPH * 0.04).astype(np.uint8))
    assert (found["picture_dark"][0] > 0.99) == dark
    assert (found["picture_light"][0] > 0.95) == light
    assert found["picture_light"][1] > 0.95


@given(PIXELS)
def test_tones_are_those_of_their_definitions(pixels: np.ndarray) -> None:
    grey = np.asarray(Image.fromarray(pixels).convert("L"))
    found = tones(pixels)
    assert found["picture_entropy"][0] == pytest.approx(shannon_entropy(grey), abs=1e-9)
    assert found["picture_brightness"][0] == pytest.approx(grey.mean() / 255)
    assert found["picture_contrast"][0] == pytest.approx(grey.std() / 255, abs=1e-6)
    assert found["picture_dark"][0] == pytest.approx((grey < 0.32 * 255).mean())
    assert found["picture_light"][0] == pytest.approx((grey > 0.95 * 255).mean())


@given(PIXELS)
def test_blankness_is_the_share_of_the_most_frequent_colour(pixels: np.ndarray) -> None:
    _, counts = np.unique((pixels >> 5).reshape(-1, 3), axis=0, return_counts=True)
    found = PictureBlankness().score(Batch(thumbnails=[pixels]))["picture_blankness"]
    assert found == [pytest.approx(counts.max() / counts.sum())]


def test_a_fine_pattern_is_as_blank_as_the_even_grey_that_it_looks_like() -> None:
    pattern = np.indices((200, 256)).sum(axis=0) % 2 * 255
    assert blankness(np.repeat(pattern[..., None], 3, axis=2).astype(np.uint8)) == 1


@given(arrays.arrays(np.uint8, st.tuples(st.integers(2, 12), st.integers(2, 12))))
def test_sharpness_is_the_mean_square_of_the_laplacian_over_that_of_the_gradient(grey: np.ndarray) -> None:
    padded = np.pad(grey.astype(int), 1, mode="reflect")
    laplacian = padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:] - 4 * padded[1:-1, 1:-1]
    gradient = sum((np.diff(grey.astype(int), axis=axis) ** 2).mean() for axis in (0, 1))
    assert sharpness(grey) == pytest.approx((laplacian**2).mean() / (gradient + 1))


def test_blur_takes_sharpness_away_step_by_step() -> None:
    original = Image.fromarray(PHOTOGRAPH)
    blurred = [np.asarray(original.filter(ImageFilter.GaussianBlur(radius))) for radius in (0, 0.5, 1, 2, 8)]
    found = PictureSharpness().score(Batch(thumbnails=[*blurred, solid(128)]))["picture_sharpness"]
    assert list(found[:4]) == sorted(found[:4], reverse=True)  # type: ignore[type-var]
    assert found[0] > 1 > max(found[3:])  # type: ignore[operator, type-var]
    assert found[-1] == 0


def test_sharpness_does_not_depend_on_contrast() -> None:
    dull = (PHOTOGRAPH // 4 + 96).astype(np.uint8)
    sharp, dulled = PictureSharpness().score(Batch(thumbnails=[PHOTOGRAPH, dull]))["picture_sharpness"]
    assert dulled == pytest.approx(sharp, rel=0.1)


def test_a_line_of_one_pixel_has_scores() -> None:
    line = np.zeros((1, 256, 3), np.uint8)
    line[0, ::2] = 255
    batch = Batch(thumbnails=[line, np.zeros((1, 1, 3), np.uint8)])
    assert PictureSharpness().score(batch)["picture_sharpness"][1] == 0
    assert tones(line)["picture_entropy"] == pytest.approx([1])


def test_size_and_kind_need_only_the_header() -> None:
    headers = [Header(640, 480, "JPEG", animated=False), Header(20_000, 1, "GIF", animated=True)]
    assert PictureSize().score(Batch(headers=headers)) == {
        "picture_side": [480, 1],
        "picture_aspect": [640 / 480, 20_000],
        "picture_format": ["JPEG", "GIF"],
        "picture_animated": [False, True],
    }
