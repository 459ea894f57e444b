"""Whether two pictures whose hashes are near look the same: their colours decide.

A perceptual hash alone erases people: it sees shapes, so that pictures which differ only in a skin tone, or in the
hair of a woman and a man, are the same to it. Colour tells them apart.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.curate.duplicates.alignment import align, apart
from toolkit.curate.duplicates.colours import COARSE, FINE
from toolkit.curate.duplicates.shown import Shown, Windows, lie, lying
from toolkit.curate.duplicates.views import WHOLE
from toolkit.curate.rule import show

_NOISE, _NOISE_RATIO = 2.0, 2.0  # the cell that differs most, where a new compression made all of the difference
_CROP_BITS = 2  # fewer than of whole pictures: a crop is compared with the part that it shows
_PART_MEAN = 1.6  # times `mean_colour`: a part falls on other cells
_WHOLE_CELL, _PART_CELL = 1.6, 2.2  # times `cell_colour`, of all that is shown and where something is cut off
_WHOLE_DIFFERENCE, _PART_DIFFERENCE = 0.2, 0.4  # of the contrast: of aligned copies 2 % differ more
_WHOLE_SHARE, _PART_SHARE = 0.45, 0.6  # of what pictures differ by as they lie is left once they are aligned
_COVERED = 0.5  # of a picture at least is compared
_NEAR_LEAST, _NEAR_SHARE, _NEAR_MOST = 1.4, 0.35, 5.0  # times `mean_colour`, of the contrast: mean colours of parts


class Looks(NamedTuple):
    """When two pictures look the same.

    `distance`: bits that their hashes may differ in. `mean_colour`, `cell_colour`: CIELAB distance (CIE 1976; an eye
    sees about 2.3) of the cells of their 16 x 16 colour grids, on average and of the cell that differs most: a new
    compression changes all cells a little (which is borne up to 2 and twice the average), another skin tone a few of
    them much. `flips`, `crops`: whether mirror images, and parts of about nine tenths of the width or height, look the
    same.
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

    def near_colours(
        self, colours: NDArray[np.float32], others: NDArray[np.float32], contrast: NDArray[np.float32]
    ) -> NDArray[np.bool_]:
        """Return whether one may be a part of the other, by the mean `colours` (n, 3) of what two pictures show and the
        `contrast` (n,) of the duller one: quickly known, and true of nearly all parts of nine tenths."""
        limit = (_NEAR_SHARE * contrast).clip(_NEAR_LEAST * self.mean_colour, _NEAR_MOST * self.mean_colour)
        near: NDArray[np.bool_] = np.linalg.norm(colours - others, axis=1) <= limit
        return near

    def same_part(self, left: Shown, right: Shown, starts: Windows) -> NDArray[np.bool_]:
        """Return whether `right` shows about the part `starts` of `left`, although the pictures differ, bool (n,).

        It does, where it lies as a copy would, where what they show differs by little once it is aligned, and by much
        less than as the pictures lie: variants of one drawing, which lie alike, are no parts of each other.
        """
        found = np.zeros(len(starts), bool)
        alive, windows = align(left, right, starts)
        left, right = left.take(alive), right.take(alive)
        lies = lie(left, right, windows)
        aligned, before = apart(left, right, windows), apart(left, right, lying(left, right, WHOLE))
        relative = np.where(before.covered < _COVERED, np.inf, before.relative)
        difference = np.where(lies.cut, _PART_DIFFERENCE, _WHOLE_DIFFERENCE)
        share = np.where(lies.cut, _PART_SHARE, _WHOLE_SHARE)
        cell = np.where(lies.cut, _PART_CELL, _WHOLE_CELL) * self.cell_colour
        found[alive] = (
            lies.copy
            & (aligned.covered >= _COVERED)
            & (aligned.relative <= np.minimum(difference, share * relative))
            & (aligned.cells.mean(axis=1) <= _PART_MEAN * self.mean_colour)
            & (aligned.cells.max(axis=1) <= cell)
        )
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
