"""Fingerprints against the libraries that define them: imagehash for the hash, scikit-image for CIELAB."""

from __future__ import annotations

import imagehash
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image
from skimage import color, data

from toolkit.curate.duplicates.fingerprints import colour_grid, colour_grids, to_lab
from toolkit.curate.duplicates.frequencies import frequencies, hexadecimal, mirrored, perceptual_hashes
from toolkit.curate.scorer import Batch

PICTURES = {name: np.asarray(getattr(data, name)()) for name in ("astronaut", "chelsea", "coffee")}
PIXELS = arrays.arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(3)))


def perceptual_hash(pixels: np.ndarray) -> str:
    (found,) = perceptual_hashes(frequencies(Batch(pixels=[pixels]).greys)).tolist()
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
    found = frequencies(Batch(pixels=[pixels, pixels[:, ::-1].copy()]).greys)
    told, flipped = perceptual_hashes(mirrored(found[:1])), perceptual_hashes(found[1:])
    assert np.bitwise_count(told ^ flipped).item() <= 2  # the last digits of sums may differ


def test_hash_of_one_tone_is_that_of_imagehash() -> None:
    for tone in (0, 1, 127, 254, 255):
        pixels = np.full((50, 50, 3), tone, np.uint8)
        assert perceptual_hash(pixels) == str(imagehash.phash(Image.fromarray(pixels)))


@given(arrays.arrays(np.uint8, (5, 3)))
def test_lab_is_that_of_scikit_image(pixels: np.ndarray) -> None:
    assert to_lab(pixels) == pytest.approx(color.rgb2lab(pixels), abs=0.02)


def test_colour_grid_survives_its_storage() -> None:
    pixels = PICTURES["coffee"]
    (stored,) = colour_grids([colour_grid(pixels)])
    small = np.asarray(Image.fromarray(pixels).resize((32, 32), Image.Resampling.BICUBIC).reduce(4))
    assert stored == pytest.approx(to_lab(small).reshape(64, 3), abs=0.006)


@pytest.mark.parametrize("name", PICTURES)
def test_colour_grid_hardly_changes_with_the_size_of_the_picture(name: str) -> None:
    picture = Image.fromarray(PICTURES[name])
    sizes = [picture.resize((side, side * picture.height // picture.width)) for side in (250, 97, 61)]
    grids = colour_grids([colour_grid(np.asarray(one)) for one in sizes])
    assert np.linalg.norm(grids - grids[0], axis=-1).max() < 3.5
