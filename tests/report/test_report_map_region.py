"""Regions drawn on a map: what lies in them, few corners, and an address that says them back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.measure import points_in_poly

from toolkit.report.map_region import MOST_CORNERS, STEPS, inside, region_of, region_text, rounded_region

SQUARE = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], float)
CORNERS = st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=3, max_size=12)
DRAWN = st.lists(
    st.tuples(st.floats(-1.2, 1.2, allow_nan=False), st.floats(-1.2, 1.2, allow_nan=False)), min_size=1, max_size=120
)


@given(CORNERS, st.lists(st.tuples(st.integers(-20, 20), st.integers(-20, 20)), min_size=1, max_size=30))
def test_it_agrees_with_scikit_image_on_any_polygon(corners: list[tuple[int, int]], at: list[tuple[int, int]]) -> None:
    polygon = np.array(corners, float)
    points = np.array(at, float) / 2 + (0.237, 0.119)  # on no outline between whole corners
    np.testing.assert_array_equal(inside(points, polygon), points_in_poly(points, polygon))


def test_what_is_surrounded_twice_is_outside() -> None:
    star = np.array([[np.sin(0.8 * np.pi * turn), np.cos(0.8 * np.pi * turn)] for turn in range(5)])
    assert inside(np.array([[0.0, 0.0], [0.0, 0.8], [0.9, 0.9]]), star).tolist() == [False, True, False]


def test_outlines_meet_without_gap_or_overlap() -> None:
    points = np.random.default_rng(0).integers(0, 5, (200, 2)) / 2.0
    halves = [SQUARE * (1, 2), SQUARE * (1, 2) + (1, 0)]
    both = SQUARE * (2, 2)
    held = [inside(points, one) for one in halves]
    assert not (held[0] & held[1]).any()
    np.testing.assert_array_equal(held[0] | held[1], inside(points, both))


@given(DRAWN)
def test_what_is_drawn_comes_back_from_its_address(drawn: list[tuple[float, float]]) -> None:
    region = rounded_region(*zip(*drawn, strict=True))
    if region is None:
        return
    assert 3 <= len(region) <= MOST_CORNERS
    text = region_text(region)
    assert len(text) < 13 * MOST_CORNERS
    again = region_of(text)
    assert again is not None
    np.testing.assert_array_equal(again, region)
    assert region_text(again) == text


@given(st.text() | st.text("0123456789.-_", max_size=600) | st.from_regex(r"\A-?\d+\.-?\d+(_-?\d+\.-?\d+)*\Z"))
def test_any_other_text_is_no_region_or_one_of_few_corners_nearby(text: str) -> None:
    region = region_of(text)
    if region is not None:
        assert 3 <= len(region) <= MOST_CORNERS
        assert np.abs(region).max() <= 4
        assert rounded_region(*region.T) is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1.2",
        "1.2_3.4",
        "0.0_0.0_0.0",
        "0.0_5.5_9.9",
        "0.0_1000.0_9999.9999",
        "0.0_1000.0_1000.1000\n",
        "0.0_1000.0_١.٢",
        "nan.0_1.1_2.0",
        "0.0_1e3.0_0.9",
        "_".join(["0.0", "9.0", "9.9"] * 14),
        "<script>",
    ],
)
def test_hostile_addresses_are_ignored(text: str) -> None:
    assert region_of(text) is None


def test_a_long_lasso_keeps_its_shape() -> None:
    turn = np.linspace(0, 2 * np.pi, 700, endpoint=False)
    region = rounded_region(0.5 * np.cos(turn), 0.5 * np.sin(turn))
    assert region is not None
    assert len(region) == MOST_CORNERS
    points = np.random.default_rng(1).uniform(-1, 1, (5_000, 2))
    truly = np.hypot(*points.T) < 0.5
    assert (inside(points, region) != truly).mean() < 0.01


@pytest.mark.parametrize("drawn", [[], [(0, 0)], [(0, 0), (1, 1)], [(0, 0), (0.5, 0.5), (1, 1)], [(0.1, 0.1)] * 9])
def test_what_is_no_area_is_no_region(drawn: list[tuple[float, float]]) -> None:
    assert rounded_region([x for x, _ in drawn], [y for _, y in drawn]) is None


def test_what_is_not_finite_is_no_region() -> None:
    assert rounded_region([0, 1, float("inf")], [0, 1, 0]) is None
    assert rounded_region([0, 1, float("nan")], [0, 1, 0]) is None


def test_corners_are_rounded_as_the_address_says_them() -> None:
    region = rounded_region([0.12345, -1e-9, 0.5, 99], [0.1, 0.2, 0.30049, -99])
    assert region is not None
    np.testing.assert_array_equal(region * STEPS, np.round(region * STEPS))
    assert np.abs(region).max() == 4
