"""Fingerprints against the libraries that define them: imagehash for the hash, scikit-image for CIELAB."""

from __future__ import annotations

from importlib import resources

import imagehash
import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image
from skimage import color, data

from toolkit.curate.duplicates.colours import colour_grids, lab_of, mean_colours, to_lab
from toolkit.curate.duplicates.frequencies import frequencies, hexadecimal, mirrored, perceptual_hashes
from toolkit.curate.scorer import Batch
from toolkit.images import decode

PICTURES = {name: np.asarray(getattr(data, name)()) for name in ("astronaut", "chelsea", "coffee")}
PIXELS = arrays.arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(3)))


def perceptual_hash(pixels: np.ndarray) -> str:
    (found,) = perceptual_hashes(frequencies(Batch(thumbnails=[pixels]).greys)).tolist()
    return hexadecimal(found)


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("side", [24, 64, 256])
def test_hash_of_real_pictures_is_that_of_imagehash(name: str, side: int) -> None:
    pixels = np.asarray(Image.fromarray(PICTURES[name]).resize((side, side)))
    assert perceptual_hash(pixels) == str(imagehash.phash(Image.fromarray(pixels)))


@given(PIXELS)
@settings(max_examples=200)
def test_hash_of_any_pixels_is_that_of_imagehash(pixels: np.ndarray) -> None:
    assert perceptual_hash(pixels) == str(imagehash.phash(Image.fromarray(pixels)))


@pytest.mark.parametrize("name", PICTURES)
def test_frequencies_tell_the_hash_of_the_flipped_picture(name: str) -> None:
    pixels = np.asarray(Image.fromarray(PICTURES[name]).resize((200, 140)))
    found = frequencies(Batch(thumbnails=[pixels, pixels[:, ::-1].copy()]).greys)
    told, flipped = perceptual_hashes(mirrored(found[:1])), perceptual_hashes(found[1:])
    assert np.bitwise_count(told ^ flipped).item() <= 2  # the last digits of sums may differ


def test_hashes_of_500_pictures_are_those_of_imagehash() -> None:
    stored = pq.read_table(resources.files("toolkit.zoo") / "sample" / "openclipart.parquet", columns=["image"])
    files = [one["bytes"] for one in stored["image"].slice(0, 500).to_pylist()]
    pictures = [decode(one, longest_side=256) for one in files]
    assert len(pictures) == 500
    found = perceptual_hashes(frequencies(Batch(thumbnails=pictures).greys)).tolist()
    assert [hexadecimal(one) for one in found] == [str(imagehash.phash(Image.fromarray(one))) for one in pictures]


def test_hash_of_one_tone_is_that_of_imagehash() -> None:
    for tone in (0, 1, 127, 254, 255):
        pixels = np.full((50, 50, 3), tone, np.uint8)
        assert perceptual_hash(pixels) == str(imagehash.phash(Image.fromarray(pixels)))


@given(arrays.arrays(np.uint8, (5, 3)))
def test_lab_is_that_of_scikit_image(pixels: np.ndarray) -> None:
    assert to_lab(pixels) == pytest.approx(color.rgb2lab(pixels), abs=0.02)


def test_colour_grids_are_the_mean_colours_of_cells() -> None:
    pixels = np.asarray(Image.fromarray(PICTURES["astronaut"]).resize((160, 160)))
    (found,) = lab_of(colour_grids([pixels]))
    cells = np.rint(pixels.reshape(16, 10, 16, 10, 3).mean(axis=(1, 3))).astype(np.uint8)
    wanted = color.rgb2lab(cells)
    assert found[..., 0] == pytest.approx(wanted[..., 0], abs=1)
    hues = wanted[..., 1:].reshape(8, 2, 8, 2, 2).mean(axis=(1, 3))
    assert found[::2, ::2, 1:] == pytest.approx(hues, abs=1)
    assert found[1::2, 1::2, 1:] == pytest.approx(hues, abs=1)
    (mean,) = mean_colours(colour_grids([pixels]))
    assert mean == pytest.approx(wanted.mean(axis=(0, 1)), abs=0.5)


@pytest.mark.parametrize("name", PICTURES)
def test_colour_grid_hardly_changes_with_the_size_of_the_picture(name: str) -> None:
    picture = Image.fromarray(PICTURES[name])
    sizes = [picture.resize((side, side * picture.height // picture.width)) for side in (250, 97, 61)]
    grids = lab_of(colour_grids([np.asarray(one) for one in sizes]))
    assert np.linalg.norm(grids - grids[0], axis=-1).max() < 3.5
