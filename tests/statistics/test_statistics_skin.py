"""Skin tones as colours, against scikit-image."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage import color

from toolkit.statistics.skin import MONK_COLOURS, ita, monk_distances, monk_tone, nearest_monk, to_lab

COLOURS = st.tuples(*[st.integers(0, 255)] * 3)


@given(st.lists(COLOURS, min_size=1, max_size=50))
def test_cielab_agrees_with_scikit_image(colours):
    pixels = np.array([colours], dtype=np.uint8)
    assert to_lab(pixels) == pytest.approx(color.rgb2lab(pixels), abs=2e-3)


def test_black_white_and_grey_are_where_they_belong():
    lab = to_lab([(0, 0, 0), (255, 255, 255), (119, 119, 119)])
    assert lab[:, 0] == pytest.approx([0, 100, 50], abs=0.1)
    assert np.abs(lab[:, 1:]).max() < 0.02


@given(COLOURS)
def test_the_nearest_tone_is_the_nearest(colour):
    tone, distance = nearest_monk(colour)
    distances = monk_distances(to_lab(colour))
    assert 1 <= tone == monk_tone(colour) <= 10
    assert distance == pytest.approx(distances.min())
    assert distances[tone - 1] == distances.min()


def test_ita_falls_from_light_to_dark_in_degrees():
    angles = [ita(colour) for colour in MONK_COLOURS]
    assert angles[0] > 55
    assert angles[4] > angles[5] > angles[6] > angles[7] > angles[8] > angles[9]
    assert angles[9] < -30
    lightness, _, yellowness = color.rgb2lab(np.array([[[128, 100, 80]]], dtype=np.uint8))[0, 0]
    assert ita((128, 100, 80)) == pytest.approx(np.degrees(np.arctan2(lightness - 50, yellowness)), abs=0.05)


def test_the_yellow_of_emoji_is_far_from_every_tone():
    assert nearest_monk((0xFC, 0xC2, 0x1B)).distance > 40


def test_what_is_no_colour_is_refused():
    with pytest.raises(ValueError, match="not RGB"):
        to_lab([1, 2])
