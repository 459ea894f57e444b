"""Whether two pictures whose hashes are near look the same: their colours decide.

A perceptual hash alone erases people: it sees shapes, so that pictures which differ only in a skin tone, or in the
hair of a woman and a man, are the same to it. Colour tells them apart.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.curate.duplicates.colours import COARSE, FINE
from toolkit.curate.duplicates.views import Window
from toolkit.curate.rule import show

_NOISE, _NOISE_RATIO = 2.0, 2.0  # the cell that differs most, where a new compression made all of the difference
_CROP_BITS = 4  # fewer than of whole pictures: a crop is compared with the part that it shows
BORDER_GAIN = 10  # bits by which what is within a border explains better than the whole picture what is shown
PART_GAIN = 3  # bits by which a part explains what is shown better than the whole picture does
CROP_SHARE, BORDER_SHARE = 0.8, 0.25  # of the colour distance of the whole pictures is left between the parts
_PART_EXCESS = 1.6  # times `mean_colour`: a part falls on other cells
_EXCESS_SHARE = 0.5  # of the contrast of a picture


Lab = NDArray[np.float32]


class Looks(NamedTuple):
    """When two pictures look the same.

    `distance`: bits that their hashes may differ in. `mean_colour`, `cell_colour`: CIELAB distance (CIE 1976; an eye
    sees about 2.3) of the cells of their 16 x 16 colour grids, on average and of the cell that differs most: a new
    compression changes all cells a little (which is borne up to 2 and twice the average), another skin tone a few of
    them much. `flips`, `crops`: whether mirror
    images, and parts of at least nine tenths of the width or height, look the same.
    """

    distance: int
    mean_colour: float
    cell_colour: float
    flips: bool = True
    crops: bool = True

    @property
    def wording(self) -> str:
        """The limits in words."""
        return f"{self.distance} bits, colour {show(self.mean_colour)} and {show(self.cell_colour)}"

    @property
    def crop_distance(self) -> int:
        """Bits that a crop's hash and that of the part it shows may differ in."""
        return max(0, self.distance - _CROP_BITS)

    def same_colours(self, grids: NDArray[np.int8], others: NDArray[np.int8], *, flip: bool) -> NDArray[np.bool_]:
        """Return whether stored grids (n, 384) and `others`, mirrored if `flip`, are of one picture, bool (n,)."""
        apart = _grid_distances(grids, others, flip=flip)
        mean, worst = apart.mean(axis=1), apart.max(axis=1)
        near: NDArray[np.bool_] = (mean <= self.mean_colour) & (
            worst <= np.maximum(self.cell_colour, _NOISE + _NOISE_RATIO * mean)
        )
        return near

    def part_explains(self, part: Lab, shown: Lab, whole: Lab, other: Lab, share: float) -> NDArray[np.bool_]:
        """Return whether `part` of a picture is what is `shown`, although the pictures `whole` and `other` differ.

        Each is CIELAB of cells (n, 16, 16, 3). It is, where the colours of the part are off by at most `share` of what
        those of the whole pictures are, and nothing is shown that the part has not nearby: less than half of what
        either holds, for two pictures that are nearly blank differ little, whatever it is that they show. So variants
        of one drawing, which the whole explains best, are no parts of each other.
        """
        found: NDArray[np.bool_] = _distances(part, shown).mean(axis=1) <= share * _distances(whole, other).mean(axis=1)
        part, shown = part[found], shown[found]
        excess = np.maximum(_excess(part, shown), _excess(shown, part)).mean(axis=1)
        held = np.minimum(_contrast(part), _contrast(shown))
        found[found] = excess <= np.minimum(_PART_EXCESS * self.mean_colour, _EXCESS_SHARE * held)
        return found


def _grid_distances(grids: NDArray[np.int8], others: NDArray[np.int8], *, flip: bool) -> NDArray[np.float32]:
    """Return the CIELAB distances of the cells of stored grids (n, 384) and `others`, mirrored if `flip`, float32 (n,
    256): what `lab_of` would give, without repeating hues first."""
    turn = slice(None, None, -1 if flip else 1)
    light, other_light = (one[:, : FINE**2].reshape(-1, FINE, FINE) for one in (grids, others))
    hues, other_hues = (one[:, FINE**2 :].reshape(-1, COARSE, COARSE, 2) for one in (grids, others))
    squares = np.subtract(light, other_light[:, :, turn], dtype=np.float32) ** 2
    hue_squares = np.subtract(hues, other_hues[:, :, turn], dtype=np.float32) ** 2
    each = FINE // COARSE
    by_hue = squares.reshape(-1, COARSE, each, COARSE, each)
    by_hue += (hue_squares[..., 0] + hue_squares[..., 1])[:, :, None, :, None]
    apart: NDArray[np.float32] = np.sqrt(squares.reshape(len(grids), FINE**2))
    return apart


def cut(lab: Lab, window: Window) -> Lab:
    """Return the part `window` of pictures, both as CIELAB of cells (n, 16, 16, 3)."""
    down, across = _resample(window.top, window.bottom), _resample(window.left, window.right)
    part: Lab = np.einsum("yi,nijc,xj->nyxc", down, lab, across, optimize=True)
    return part


def _distances(grids: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the CIELAB distances of cells, float32 (n, cells)."""
    light, red, yellow = np.moveaxis((grids - others) ** 2, -1, 0)  # added one by one: numpy sums three slowly
    squared = light + red + yellow
    apart: NDArray[np.float32] = np.sqrt(squared.reshape(len(grids), squared.shape[1] * squared.shape[2]))
    return apart


def _excess(grids: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return by how much cells of `others` are outside of what `grids` have in and around the same cell, (n, cells)."""
    return _distances(others, np.clip(others, _around(grids, np.minimum), _around(grids, np.maximum)))


def _around(grids: NDArray[np.float32], pick: np.ufunc) -> NDArray[np.float32]:
    """Return what `pick` chooses of each cell and the eight around it, of the shape of `grids`."""
    padded = np.pad(grids, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    down = pick(pick(padded[:, :-2], padded[:, 1:-1]), padded[:, 2:])
    found: NDArray[np.float32] = pick(pick(down[:, :, :-2], down[:, :, 1:-1]), down[:, :, 2:])
    return found


def _contrast(grids: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the mean CIELAB distance of cells from the median colour of their picture, float32 (n,)."""
    cells = grids.reshape(len(grids), grids.shape[1] * grids.shape[2], 3)
    middle = np.median(cells, axis=1)[:, None, None]
    contrast: NDArray[np.float32] = _distances(grids, middle).mean(axis=1)
    return contrast


@lru_cache(maxsize=64)
def _resample(start: float, end: float) -> NDArray[np.float32]:
    """Return the means (16, 16) that make the cells `start` to `end` (shares) of a line into 16 cells."""
    edges = FINE * (start + (end - start) * np.arange(FINE + 1) / FINE)
    cells = np.arange(FINE)
    shared = np.maximum(np.minimum(edges[1:, None], cells + 1) - np.maximum(edges[:-1, None], cells), 0)
    means: NDArray[np.float32] = (shared / shared.sum(axis=1, keepdims=True)).astype(np.float32)
    return means
