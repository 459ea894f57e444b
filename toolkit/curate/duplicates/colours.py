"""What the colours of a picture are, coarsely: lightness on a fine grid, hue on one of 8 x 8 cells, in CIELAB."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FINE, COARSE = 16, 8
_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_D65 = np.array([0.95047, 1.0, 1.08883])


def grid_bytes(fine: int = FINE) -> int:
    """Return the bytes of a stored grid of `fine` x `fine` cells of lightness."""
    return fine**2 + 2 * COARSE**2


def to_lab(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return sRGB `pixels` (..., 3) as CIELAB under D65: L* in [0, 100], a* and b* about [-128, 127] (CIE 15:2004)."""
    encoded = np.arange(256) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4).astype(np.float32)
    ratios = linear[pixels] @ (_TO_XYZ / _D65[:, None]).T.astype(np.float32)
    curved = np.where(ratios > (6 / 29) ** 3, ratios ** np.float32(1 / 3), ratios * (29 / 6) ** 2 / 3 + 4 / 29)
    x, y, z = curved[..., 0], curved[..., 1], curved[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def colour_grids(pictures: Sequence[NDArray[np.uint8]], fine: int = FINE) -> NDArray[np.int8]:
    """Return the grids of RGB `pictures` (height, width, 3), int8 (n, fine ** 2 + 128): the lightness of
    `fine` x `fine` cells, then a* and b* of 8 x 8, in whole units. `fine` is a multiple of 8.

    Cells are means of areas: a picture at half the size has nearly the same.
    """
    import cv2

    cells = np.empty((len(pictures), fine, fine, 3), np.uint8)
    for row, pixels in enumerate(pictures):
        cv2.resize(pixels, (fine, fine), cells[row], interpolation=cv2.INTER_AREA)
    lab = to_lab(cells)
    each = fine // COARSE
    hues = lab[..., 1:].reshape(-1, COARSE, each, COARSE, each, 2).mean(axis=(2, 4))
    light = np.rint(lab[..., 0]).astype(np.int8)
    return np.concatenate(
        [light.reshape(-1, fine**2), np.rint(hues).astype(np.int8).reshape(-1, 2 * COARSE**2)], axis=1
    )


def lab_of(grids: NDArray[np.int8]) -> NDArray[np.float32]:
    """Return stored `grids` (n, 384) as CIELAB of 16 x 16 cells, float32 (n, 16, 16, 3); hues are repeated."""
    light = grids[:, : FINE**2].reshape(-1, FINE, FINE, 1)
    hues = grids[:, FINE**2 :].reshape(-1, COARSE, COARSE, 2)
    return np.concatenate([light, hues.repeat(2, axis=1).repeat(2, axis=2)], axis=-1).astype(np.float32)


def mean_colours(grids: NDArray[np.int8]) -> NDArray[np.float32]:
    """Return the mean CIELAB of each of stored `grids` (n, bytes) of any fineness, float32 (n, 3)."""
    light = grids[:, : -2 * COARSE**2].mean(axis=1, dtype=np.float32)
    hues = grids[:, -2 * COARSE**2 :].reshape(-1, COARSE**2, 2).mean(axis=1, dtype=np.float32)
    return np.concatenate([light[:, None], hues], axis=1)


def contrasts(grids: NDArray[np.int8]) -> NDArray[np.float32]:
    """Return the mean CIELAB distance of 8 x 8 cells of stored `grids` from their mean, float32 (n,)."""
    side = math.isqrt(grids.shape[1] - 2 * COARSE**2)
    each = side // COARSE
    light = grids[:, : side**2].reshape(-1, COARSE, each, COARSE, each).mean(axis=(2, 4), dtype=np.float32)
    hues = grids[:, side**2 :].reshape(-1, COARSE**2, 2).astype(np.float32)
    cells = np.concatenate([light.reshape(-1, COARSE**2, 1), hues], axis=2)
    contrast: NDArray[np.float32] = np.linalg.norm(cells - cells.mean(axis=1, keepdims=True), axis=2).mean(axis=1)
    return contrast
