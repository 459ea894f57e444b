"""Layouts of pictures: main directions as libraries find them, and neighbours that stay near one another."""

from __future__ import annotations

import sys
from itertools import islice

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors

from toolkit.errors import RunError
from toolkit.images import decode
from toolkit.models.pairing import load_pairing
from toolkit.report.map_layout import (
    LAYOUTS,
    MAIN_DIRECTIONS,
    NEAREST,
    NEIGHBOURS,
    kept_near,
    lay_out,
    layout_file,
    main_directions,
    nearest_of,
    read_layout,
)
from toolkit.sources import open_source

PICTURES = 400


def unit(seed: int, count: int, dimension: int = 16) -> np.ndarray:
    vectors = np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def real() -> np.ndarray:
    """The embeddings of pictures of the bundled sample by zoo:clip."""
    rows = islice(open_source("zoo:sample").rows(), 0, None, 12)
    pictures = [decode(row.data or b"", longest_side=256) for row in islice(rows, PICTURES)]
    return load_pairing("zoo:clip").embed_images(pictures)


@given(st.integers(0, 999), st.integers(3, 60), st.integers(2, 12))
def test_main_directions_are_those_of_scikit_learn(seed: int, count: int, dimension: int) -> None:
    vectors = unit(seed, count, dimension) * np.linspace(4, 1, dimension, dtype=np.float32)
    theirs = PCA(svd_solver="full").fit(vectors.astype(np.float64))
    shares = np.array([*theirs.explained_variance_ratio_, 0.0])
    assume((shares[:2] > 1.02 * shares[1:3]).all())  # where two directions carry as much, either comes first
    points, carried = main_directions(vectors)
    assert carried == pytest.approx(shares[:2].tolist(), abs=1e-9)
    expected = theirs.transform(vectors.astype(np.float64))[:, :2]
    expected *= np.sign((expected * (points - points.mean(axis=0))).sum(axis=0))
    expected -= (expected.max(axis=0) + expected.min(axis=0)) / 2
    np.testing.assert_allclose(points, expected / np.abs(expected).max(), atol=1e-3)
    assert np.abs(points).max() <= 1


def test_the_way_an_axis_points_does_not_depend_on_the_order_of_pictures() -> None:
    vectors = unit(5, 50)
    order = np.random.default_rng(0).permutation(50)
    np.testing.assert_allclose(main_directions(vectors[order])[0], main_directions(vectors)[0][order], atol=2e-4)


def test_pictures_that_are_all_alike_lie_in_the_middle() -> None:
    points, carried = main_directions(np.repeat(unit(0, 1), 5, axis=0))
    assert np.abs(points).max() <= 1
    assert sum(carried) <= 1
    assert main_directions(np.ones((4, 1), np.float32))[1] == (0.0, 0.0)


def test_neighbours_keep_neighbours_better_than_main_directions(real: np.ndarray) -> None:
    main, near = (lay_out(real, layout) for layout in LAYOUTS)
    assert near.kept > 1.5 * main.kept
    assert trustworthiness(real, near.points, n_neighbors=NEAREST) > trustworthiness(real, main.points)
    assert near.carried is None
    assert main.carried is not None
    assert near.points.shape == (PICTURES, 2)
    assert np.abs(near.points).max() == pytest.approx(1)


def test_the_same_vectors_lie_the_same() -> None:
    vectors = unit(3, 90)
    first, second = (lay_out(vectors, NEIGHBOURS).points for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("count", [3, 4, 12])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_few_pictures_make_a_map(count: int, layout: str) -> None:
    found = lay_out(unit(1, count), layout)
    assert found.points.shape == (count, 2)
    assert np.isfinite(found.points).all()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_copies_make_a_map(layout: str) -> None:
    found = lay_out(np.repeat(unit(2, 2), 20, axis=0), layout)
    assert np.isfinite(found.points).all()


def test_too_few_pictures_make_none() -> None:
    with pytest.raises(RunError, match="2 pictures have an embedding; a map needs 3 at least"):
        lay_out(unit(0, 2), MAIN_DIRECTIONS)


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openTSNE", None)
    with pytest.raises(RunError, match=r"pip install 'tain\[map\]', or choose 'main directions'"):
        lay_out(unit(0, 9), NEIGHBOURS)
    assert lay_out(unit(0, 9), MAIN_DIRECTIONS).carried is not None


@given(st.integers(0, 99), st.integers(4, 80), st.integers(1, 3))
def test_nearest_are_those_of_scikit_learn(seed: int, count: int, wanted: int) -> None:
    vectors = unit(seed, count)
    asked = np.arange(0, count, 2)
    _, expected = (
        NearestNeighbors(metric="cosine", algorithm="brute").fit(vectors).kneighbors(vectors[asked], wanted + 1)
    )
    places, cosines = nearest_of(vectors, asked, wanted)
    np.testing.assert_array_equal(places, expected[:, 1:])
    np.testing.assert_allclose(cosines, (vectors[places] * vectors[asked][:, None]).sum(axis=2), atol=1e-5)


def test_a_map_that_is_the_truth_keeps_all_neighbours_and_a_shuffled_one_few() -> None:
    turn = np.random.default_rng(0).uniform(0, 2 * np.pi, 300)
    circle = np.column_stack([np.cos(turn), np.sin(turn)]).astype(np.float32)
    assert kept_near(circle, circle) == pytest.approx(1)
    shuffled = np.random.default_rng(1).permutation(circle)
    assert kept_near(circle, shuffled) < 0.15


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_file_gives_back_the_layout(layout: str) -> None:
    made = lay_out(unit(4, 20), layout)
    again = read_layout(layout_file(made), 20)
    assert again is not None
    np.testing.assert_array_equal(again.points, made.points)
    assert again[1:] == made[1:]
    assert read_layout(layout_file(made), 21) is None


@given(st.integers(0, 400), st.binary(max_size=40))
def test_half_a_file_is_none(length: int, more: bytes) -> None:
    whole = layout_file(lay_out(unit(4, 20), MAIN_DIRECTIONS))
    assert read_layout(whole[:length], 20) is None
    assert read_layout(more, 20) is None
