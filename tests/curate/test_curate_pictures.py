"""Scores of pictures: entropy and blankness on real and on empty pictures, size from the header."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from skimage import data

from toolkit.curate.pictures.content import PictureContent, PictureSize, blankness, entropy
from toolkit.curate.scorer import Batch
from toolkit.images import Header

PIXELS = arrays.arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12), st.just(3)))


def test_an_empty_picture_has_no_entropy_and_is_all_blank() -> None:
    white = np.full((40, 30, 3), 255, np.uint8)
    assert entropy(white) == 0
    assert blankness(white) == 1


def test_two_tones_in_equal_shares_are_one_bit_and_half_blank() -> None:
    half = np.zeros((10, 10, 3), np.uint8)
    half[:5] = 255
    assert entropy(half) == pytest.approx(1)
    assert blankness(half) == 0.5


def test_a_photograph_is_neither_blank_nor_poor() -> None:
    photograph = np.asarray(data.chelsea())
    assert 6.5 < entropy(photograph) <= 8
    assert blankness(photograph) < 0.4


@given(PIXELS)
def test_scores_stay_in_their_ranges(pixels: np.ndarray) -> None:
    found = PictureContent().score(Batch(pixels=[pixels]))
    assert 0 <= found["picture_entropy"][0] <= 8  # type: ignore[operator]
    assert 0 < found["picture_blankness"][0] <= 1  # type: ignore[operator]


def test_size_needs_only_the_header() -> None:
    headers = [Header(640, 480, "JPEG", animated=False), Header(20_000, 1, "PNG", animated=False)]
    found = PictureSize().score(Batch(headers=headers))
    assert found == {"picture_side": [480, 1], "picture_aspect": [640 / 480, 20_000]}
