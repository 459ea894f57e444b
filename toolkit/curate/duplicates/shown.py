"""What pictures show (see `content`), and how copies of one picture lie to each other: cut, bordered, scaled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.curate.duplicates.colours import COARSE
from toolkit.curate.duplicates.views import WHOLE, Window

CONTENT_SIDE = 24  # cells of lightness across and down of what a picture shows
_STRETCHED = 0.06  # logarithm of what a copy's width grew by over what its height did: copies keep their shape
_SCALED = 1.45  # times the width or height: a picture of more than that within a border is another use of it
_MOVED = 0.015  # of the width or height: the sides of copies that lie alike are less apart
_ELSEWHERE = 0.01  # of the same, before they are aligned
_LACKING = 0.04  # of the width or height: where what is shown seems to end differs by less
_MOST_LACKING = 0.2
_OVERLAPPING = 0.025  # of the width or height: the part is not all within the other picture
_AT_THE_EDGE = 0.02  # of the width or height: what is cut off is cut off by the edge of a picture
_FAINT = 3.0  # of lightness: what is that much darker than white may be taken for white, such as the end of a shadow

Windows = NDArray[np.float32]  # (n, 4): left, top, right, bottom, as shares of a width and height


class Shown(NamedTuple):
    """What n pictures show, in CIELAB: `light` (n, 24, 24) and `hues` (n, 8, 8, 2), float32; in which `boxes` of their
    pictures (n, 4), and the `aspects` of these, width over height (n,)."""

    light: NDArray[np.float32]
    hues: NDArray[np.float32]
    boxes: Windows
    aspects: NDArray[np.float32]

    @classmethod
    def of(cls, grids: NDArray[np.int8], boxes: NDArray[np.float32]) -> Shown:
        """Return what stored `grids` (n, 704) hold; `boxes` (n, 5) are sides and aspects."""
        light, hues = grids[:, : CONTENT_SIDE**2], grids[:, CONTENT_SIDE**2 :]
        return cls(
            light.reshape(-1, CONTENT_SIDE, CONTENT_SIDE).astype(np.float32),
            hues.reshape(-1, COARSE, COARSE, 2).astype(np.float32),
            boxes[:, :4],
            boxes[:, 4],
        )

    def take(self, rows: NDArray[np.int64]) -> Shown:
        """Return those of `rows`."""
        return Shown(*(one[rows] for one in self))

    def mirrored(self) -> Shown:
        """Return the same flipped left to right."""
        left, top, right, bottom = self.boxes.T
        boxes = np.stack([1 - right, top, 1 - left, bottom], axis=1)
        return Shown(self.light[:, :, ::-1], self.hues[:, :, ::-1], boxes, self.aspects)


def lying(left: Shown, right: Shown, window: Window) -> Windows:
    """Return which part of what `left` shows `right` does, if its picture is that `window` of the other's, (n, 4)."""
    low, high = (np.array(corner, np.float32) for corner in (window[:2], window[2:]))
    start, size = left.boxes[:, :2], left.boxes[:, 2:] - left.boxes[:, :2]
    corners = (low + (high - low) * corner for corner in (right.boxes[:, :2], right.boxes[:, 2:]))
    return np.concatenate([(corner - start) / size for corner in corners], axis=1)


def lie_elsewhere(boxes: Windows, others: Windows, *, flip: bool) -> NDArray[np.bool_]:
    """Return whether what two pictures show lies elsewhere in these, if it is the same, bool (n,); `boxes` (n, 5) are
    sides and aspects.

    Quickly known, and true of nearly all copies that `lie` knows.
    """
    if flip:
        left, top, right, bottom, aspect = others.T
        others = np.stack([1 - right, top, 1 - left, bottom, aspect], axis=1)
    moved = _moved(boxes[:, :2], boxes[:, 2:4], others)
    return np.asarray((moved >= _ELSEWHERE) | (np.abs(boxes[:, 4] - others[:, 4]) >= _ELSEWHERE), bool)


def _moved(low: Windows, high: Windows, boxes: Windows) -> NDArray[np.float32]:
    """Return how far the sides of a picture are from those of another, which shows from `low` to `high` (n, 2), as
    shares, what the first shows in its `boxes`: the largest of four, as a share of the other's width or height."""
    scales = (high - low) / (boxes[:, 2:4] - boxes[:, :2])
    moved = np.concatenate([low - scales * boxes[:, :2], high + scales * (1 - boxes[:, 2:4]) - 1], axis=1)
    return np.asarray(np.abs(moved).max(axis=1), np.float32)


class Lie(NamedTuple):
    """How pictures lie to each other: whether one may be a `copy` of the other, and whether one is `cut`, bool (n,)."""

    copy: NDArray[np.bool_]
    cut: NDArray[np.bool_]


def lie(left: Shown, right: Shown, windows: Windows) -> Lie:
    """Return how the pictures lie whose `right` shows the part `windows` (n, 4) of what `left` shows.

    A copy keeps its shape and about its size, and does not lie as the other does, which is then no other picture of it.
    One is a part of the other: two parts of a photograph that overlap are two pictures.
    What one lacks at a side is cut off by its own edge, or hardly seen: a drawing without hat, with white where the hat
    would be, is another drawing.
    """
    sizes = left.boxes[:, 2:] - left.boxes[:, :2]
    corners = left.boxes[:, :2] + sizes * windows[:, :2], left.boxes[:, :2] + sizes * windows[:, 2:]
    scales = np.maximum((corners[1] - corners[0]) / (right.boxes[:, 2:] - right.boxes[:, :2]), 1e-6)
    stretched = np.log(scales[:, 0] * left.aspects) - np.log(scales[:, 1] * right.aspects)
    scaled = np.log(scales).mean(axis=1)
    moved = _moved(*corners, right.boxes)
    right_lacks = (windows - np.array(WHOLE, np.float32)) * np.array([1, 1, -1, -1], np.float32)
    lacks = np.abs(right_lacks) > _LACKING
    cut_off = np.where(right_lacks > 0, _at_the_edge(right), _at_the_edge(left))
    nested = ~((right_lacks > _OVERLAPPING).any(axis=1) & (right_lacks < -_OVERLAPPING).any(axis=1))
    faint = np.where(right_lacks > 0, _faint(left, right_lacks), _faint(right, -right_lacks))
    copy = (
        (np.abs(stretched) <= _STRETCHED)
        & (np.abs(scaled) <= np.log(_SCALED))
        & (moved >= _MOVED)
        & nested
        & (~lacks | cut_off | faint).all(axis=1)
        & (np.abs(right_lacks).max(axis=1) <= _MOST_LACKING)
    )
    return Lie(copy, np.asarray(lacks.any(axis=1), bool))


def _at_the_edge(shown: Shown) -> NDArray[np.bool_]:
    """Return whether what is shown ends at the left, top, right and bottom edge of the picture, (n, 4)."""
    return np.asarray(np.abs(shown.boxes - np.array(WHOLE, np.float32)) <= _AT_THE_EDGE, bool)


def _faint(shown: Shown, shares: Windows) -> NDArray[np.bool_]:
    """Return whether these `shares` at the sides of what is shown are white, but for a shade, (n, 4)."""
    across, down = (100 - shown.light).mean(axis=1), (100 - shown.light).mean(axis=2)
    inwards = np.stack([across, down, across[:, ::-1], down[:, ::-1]], axis=1)
    strips = np.arange(CONTENT_SIDE) < np.ceil(CONTENT_SIDE * shares)[..., None]
    return np.asarray((inwards * strips).sum(axis=2) <= _FAINT * strips.sum(axis=2), bool)
