"""What pixels alone say of a picture: its colours, its light, how sharp it is, and where its content lies."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.statistics.skin import to_lab

_GROUND = 10.0  # delta E within which a pixel has the colour of the ground
_ROUNDING = 1.0  # squared tones: rounding to whole tones makes a gradient of a third of that
Reals = NDArray[np.float64]


class ContentScores(NamedTuple):
    """Seven numbers of one picture.

    colourfulness  0 (grey) to about 110: Hasler and Suesstrunk (2003), "Measuring colourfulness in natural images", M3
    brightness     mean luminance (ITU-R BT.601), in [0, 1]
    contrast       standard deviation of luminance, in [0, 0.5]: Peli (1990), RMS contrast
    saturation     mean (max - min) / max of the three channels (HSV), in [0, 1]; black has none
    sharpness      mean squared Laplacian over mean squared gradient: 0 for one tone, up to about 5 for noise
    centredness    1 where the centre of mass of the edges is the middle, 0 where it is a corner; NaN without edges
    plain_ground   share of pixels within 10 delta E (CIELAB 1976) of the median colour of the rim
    """

    colourfulness: float
    brightness: float
    contrast: float
    saturation: float
    sharpness: float
    centredness: float
    plain_ground: float


def content_scores(pixels: NDArray[np.uint8]) -> ContentScores:
    """Return the scores of RGB `pixels`, uint8 (height, width, 3); scores of pictures of one size compare.

    Raises ValueError for another shape, or no pixels.
    """
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.size == 0:
        raise ValueError(f"pixels of shape {pixels.shape} are no RGB picture; give (height, width, 3), none of them 0")
    colours = pixels.astype(np.float64)
    red, green, blue = np.moveaxis(colours, 2, 0)
    grey = 0.299 * red + 0.587 * green + 0.114 * blue
    most, least = colours.max(axis=2), colours.min(axis=2)
    across, down = np.diff(grey, axis=1), np.diff(grey, axis=0)
    return ContentScores(
        colourfulness=_colourfulness(red - green, (red + green) / 2 - blue),
        brightness=float(grey.mean() / 255),
        contrast=float(grey.std() / 255),
        saturation=float(((most - least) / np.maximum(most, 1.0)).mean()),
        sharpness=_sharpness(grey, across, down),
        centredness=_centredness(grey.shape, across, down),
        plain_ground=_plain_ground(pixels),
    )


def _colourfulness(red_green: Reals, yellow_blue: Reals) -> float:
    spread = np.hypot(red_green.std(), yellow_blue.std())
    return float(spread + 0.3 * np.hypot(red_green.mean(), yellow_blue.mean()))


def _sharpness(grey: Reals, across: Reals, down: Reals) -> float:
    padded = np.pad(grey, 1, mode="edge")
    laplacian = padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:] - 4 * grey
    gradient = sum(float((one**2).mean()) for one in (across, down) if one.size)
    return float((laplacian**2).mean() / (gradient + _ROUNDING))


def _centredness(shape: tuple[int, ...], across: Reals, down: Reals) -> float:
    """Return 1 minus the distance of the edges' centre of mass from the middle, in halves of the diagonal."""
    height, width = shape
    mass = np.zeros((height, width))
    for edges, first, second in (
        (np.abs(across), np.s_[:, :-1], np.s_[:, 1:]),
        (np.abs(down), np.s_[:-1], np.s_[1:]),
    ):
        mass[first] += edges
        mass[second] += edges
    total = float(mass.sum())
    if total == 0:
        return float("nan")
    row = float(mass.sum(axis=1) @ (np.arange(height) + 0.5)) / total - height / 2
    column = float(mass.sum(axis=0) @ (np.arange(width) + 0.5)) / total - width / 2
    return float(1 - np.hypot(row, column) / (np.hypot(height, width) / 2))


def _plain_ground(pixels: NDArray[np.uint8]) -> float:
    rim = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    ground = to_lab(np.median(rim, axis=0))
    return float((np.linalg.norm(to_lab(pixels) - ground, axis=-1) <= _GROUND).mean())
