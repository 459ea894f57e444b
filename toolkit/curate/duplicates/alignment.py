"""Which part of one picture another shows, to a fraction of a cell, and how far the two are apart once aligned.

The part is found as Lucas and Kanade (IJCAI 1981) align pictures: by Gauss-Newton steps (Baker and Matthews, IJCV 2004,
section 2) on the four sides of a window, first on coarse cells, which lead the way from further off.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.curate.duplicates.colours import COARSE
from toolkit.curate.duplicates.shown import CONTENT_SIDE, Shown, Windows

_LEVELS = ((CONTENT_SIDE // 2, 1), (CONTENT_SIDE // 2, 2), (CONTENT_SIDE, 2))  # cells across, and steps taken on them
_HOPELESS = 0.5  # a relative difference that no more steps make small
_STEP = 0.03  # of the width or height: the furthest that a side moves in one step
_BEYOND = 0.25  # of the width or height: further apart, the second shows no part of the first
_DAMPING = 2e-3  # of the mean curvature, so that a side stays which nothing holds
_LEAST_VARIANCE = 4.0  # of lightness: differences of a picture that has less are of rounding, too
_BLANK_VARIANCE = 1.0  # of lightness: a picture that has less is as good as blank, and shows nothing to align

Cells = NDArray[np.float32]  # (n, side, side)


class Apart(NamedTuple):
    """How far aligned pictures are apart: `relative`, the root mean square difference of lightness over its standard
    deviation in the duller of the two, infinite where that is as good as blank, float32 (n,); the share of the second
    that is `covered` by the first (n,); and the CIELAB distances of 8 x 8 `cells` (n, 64)."""

    relative: NDArray[np.float32]
    covered: NDArray[np.float32]
    cells: NDArray[np.float32]


def align(left: Shown, right: Shown, starts: Windows) -> tuple[NDArray[np.int64], Windows]:
    """Return the pairs, as places in `starts`, of which `right` may show a part of `left`, and which part that is.

    `starts` (n, 4) are about these parts, off by a few hundredths. Pairs that differ much once they are aligned are
    left out.
    """
    alive, windows = np.arange(len(starts)), starts.astype(np.float32)
    for side, steps in _LEVELS:
        each = CONTENT_SIDE // side
        pair = _Pair.of(*(_coarser(one.light[alive], each) for one in (left, right)))
        for _ in range(steps):
            windows, relative = pair.step(windows)
        near = relative <= _HOPELESS
        alive, windows = alive[near], windows[near]
    return alive, windows


def apart(left: Shown, right: Shown, windows: Windows) -> Apart:
    """Return how far `right` is from the part `windows` of `left`; what lies outside of `left` is not looked at."""
    part = _Part.of(windows, CONTENT_SIDE)
    mine, theirs = part.cut(_blurred(left.light)) * part.within, _blurred(right.light) * part.within
    count = part.within.sum(axis=(1, 2))
    least = np.minimum(_variance(mine, part.within, count), _variance(theirs, part.within, count))
    relative = np.sqrt(((mine - theirs) ** 2).sum(axis=(1, 2)) / np.maximum(least, _LEAST_VARIANCE * count + 1))
    relative[least < _BLANK_VARIANCE * count] = np.inf
    squares = _coarser(mine - theirs, CONTENT_SIDE // COARSE) ** 2
    part = _Part.of(windows, COARSE)
    for my_hue, their_hue in zip(np.moveaxis(left.hues, -1, 0), np.moveaxis(right.hues, -1, 0), strict=True):
        squares += ((part.cut(_blurred(my_hue)) - _blurred(their_hue)) * part.within) ** 2
    covered = count / np.float32((CONTENT_SIDE - 2) ** 2)
    return Apart(relative, covered, np.sqrt(squares).reshape(-1, COARSE**2))


class _Part(NamedTuple):
    """Windows of n pictures on cells of their own: linear interpolation `down` and `across`, (n, side, side), and
    whether a cell is `within` both pictures: 0 or 1, as the cells at the edges are half of what is around them."""

    down: Cells
    across: Cells
    within: Cells

    @classmethod
    def of(cls, windows: Windows, side: int) -> _Part:
        (down, inside_down), (across, inside_across) = (
            _interpolation(windows[:, low], windows[:, low + 2], side) for low in (1, 0)
        )
        return cls(down, across.transpose(0, 2, 1), inside_down[:, :, None] * inside_across[:, None, :])

    def cut(self, cells: Cells) -> Cells:
        return np.asarray(self.down @ cells @ self.across, np.float32)


class _Pair(NamedTuple):
    """Pictures to be aligned: lightness of `left`, how it rises to the right and down, and that of `right`."""

    left: Cells
    rises_across: Cells
    rises_down: Cells
    right: Cells

    @classmethod
    def of(cls, left: Cells, right: Cells) -> _Pair:
        smooth, side = _blurred(left), left.shape[1]
        down, across = (_rises(smooth, axis) * np.float32(side) for axis in (1, 2))
        return cls(smooth, across, down, _blurred(right))

    def step(self, windows: Windows) -> tuple[Windows, NDArray[np.float32]]:
        """Return better windows, and the relative difference that they should leave."""
        part, along = _Part.of(windows, self.left.shape[1]), _centres(self.left.shape[1])
        difference = (self.right - part.cut(self.left)) * part.within
        across, down = part.cut(self.rises_across) * part.within, part.cut(self.rises_down) * part.within
        changes = [across * (1 - along), down * (1 - along)[:, None], across * along, down * along[:, None]]
        slopes = np.stack(changes, axis=1).reshape(len(windows), 4, along.size**2)
        flat = difference.reshape(len(windows), along.size**2, 1)
        curvature = slopes @ slopes.transpose(0, 2, 1)
        damping = curvature.trace(axis1=1, axis2=2) * np.float32(_DAMPING / 4) + 1
        moves = np.linalg.solve(curvature + damping[:, None, None] * np.eye(4, dtype=np.float32), slopes @ flat)
        left = (flat - slopes.transpose(0, 2, 1) @ moves)[..., 0]
        count = part.within.sum(axis=(1, 2))
        variance = _variance(self.right * part.within, part.within, count)
        relative = np.sqrt((left**2).sum(axis=1) / np.maximum(variance, _LEAST_VARIANCE * count + 1))
        return (windows + moves[..., 0].clip(-_STEP, _STEP)).clip(-_BEYOND, 1 + _BEYOND), relative


def _variance(cells: Cells, within: Cells, count: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the sum of squares of those `cells` that are `within`, zero elsewhere, about their mean, (n,)."""
    mean = cells.sum(axis=(1, 2)) / np.maximum(count, 1)
    squares: NDArray[np.float32] = ((cells - mean[:, None, None]) ** 2 * within).sum(axis=(1, 2))
    return squares


def _interpolation(low: Cells, high: Cells, side: int) -> tuple[Cells, Cells]:
    """Return the weights (n, side, side) that make cells of a line into those of its part `low` to `high` (n,), and
    which of these lie within the line (n, side)."""
    at = (low[:, None] + (high - low)[:, None] * _centres(side)) * side - np.float32(0.5)
    weights = np.maximum(0, 1 - np.abs(at.clip(0, side - 1)[:, :, None] - np.arange(side, dtype=np.float32)))
    inside = ((at > 0) & (at < side - 1)).astype(np.float32)
    inside[:, [0, -1]] = 0
    return weights, inside


def _rises(cells: Cells, axis: int) -> Cells:
    """Return by how much `cells` rise from one to the next along `axis`."""
    rises: Cells = np.gradient(cells, axis=axis) if len(cells) else cells
    return rises


def _coarser(cells: Cells, each: int) -> Cells:
    """Return means of `each` x `each` cells."""
    side = cells.shape[1] // each
    means: Cells = cells if each == 1 else cells.reshape(-1, side, each, side, each).mean(axis=(2, 4))
    return means


def _blurred(cells: Cells) -> Cells:
    """Return `cells` blurred by a cell, so that interpolating hardly blurs them more."""
    kernel = _kernel(cells.shape[1])
    return np.asarray(kernel @ cells @ kernel.T, np.float32)


@lru_cache
def _kernel(side: int) -> NDArray[np.float32]:
    padded = np.zeros((side, side + 2), np.float32)
    for shift, weight in enumerate((0.25, 0.5, 0.25)):
        padded[np.arange(side), np.arange(side) + shift] = weight
    padded[0, 1] += padded[0, 0]
    padded[-1, -2] += padded[-1, -1]
    return np.ascontiguousarray(padded[:, 1:-1])


@lru_cache
def _centres(side: int) -> NDArray[np.float32]:
    return (np.arange(side, dtype=np.float32) + np.float32(0.5)) / np.float32(side)
