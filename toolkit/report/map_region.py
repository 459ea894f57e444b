"""A region that is drawn on a map: a polygon of few corners, what lies in it, and how an address says it."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
MOST_CORNERS = 40
STEPS = 1_000  # an address says coordinates in thousandths of the map's half width
FARTHEST = 4.0  # half widths from the middle beyond which a corner is none that anybody draws
_DRAWN = 400  # corners of what a hand draws that are looked at
_TEXT = re.compile(rf"-?\d{{1,4}}\.-?\d{{1,4}}(?:_-?\d{{1,4}}\.-?\d{{1,4}}){{2,{MOST_CORNERS - 1}}}", re.ASCII)


def inside(points: Points, polygon: Points) -> NDArray[np.bool_]:
    """Return which of `points` (n, 2) lie in `polygon` (corners, 2), whose last corner is joined with its first.

    By the even-odd rule: a point is inside where a ray from it to the right crosses the outline an odd number of times
    (Shimrat 1962, Algorithm 112, CACM 5(8)). What an outline that crosses itself surrounds twice is outside.
    """
    x, y = points[:, 0], points[:, 1]
    odd = np.zeros(len(points), np.bool_)
    for (x0, y0), (x1, y1) in zip(polygon.tolist(), np.roll(polygon, -1, axis=0).tolist(), strict=True):
        between = (y0 > y) != (y1 > y)
        if y0 != y1:
            odd ^= between & (x < x0 + (y - y0) * ((x1 - x0) / (y1 - y0)))
    return odd


def rounded_region(x: Sequence[float], y: Sequence[float]) -> Points | None:
    """Return what a hand has drawn as a polygon of at most 40 corners, each rounded as an address says it; None where
    that is no area.

    Corners go one by one, always that which spans the least triangle with its neighbours (Visvalingam and Whyatt 1993,
    Cartographic Journal 30).
    """
    drawn = np.column_stack([np.asarray(x, np.float64), np.asarray(y, np.float64)])
    if not len(drawn) or not np.isfinite(drawn).all():
        return None
    every = -(-len(drawn) // _DRAWN)
    corners = np.clip(drawn[::every], -FARTHEST, FARTHEST)
    corners = np.round(corners * STEPS) / STEPS + 0.0  # no negative zero
    corners = corners[np.any(corners != np.roll(corners, 1, axis=0), axis=1)]
    while len(corners) > MOST_CORNERS:
        corners = np.delete(corners, int(np.argmin(_spanned(corners))), axis=0)
    return corners if len(corners) >= 3 and np.any(_spanned(corners) > 0) else None


def _spanned(corners: Points) -> NDArray[np.float64]:
    """Return the area of the triangle that each of `corners` spans with the one before it and the one after it."""
    before, after = np.roll(corners, 1, axis=0) - corners, np.roll(corners, -1, axis=0) - corners
    return np.asarray(np.abs(before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]) / 2)


def region_text(polygon: Points) -> str:
    """Return `polygon`, of `rounded_region`, as an address says it: `120.-340_125.40_...`, thousandths, x before y."""
    whole = np.round(polygon * STEPS).astype(int)
    return "_".join(f"{x}.{y}" for x, y in whole.tolist())


def region_of(text: str | None) -> Points | None:
    """Return the polygon (corners, 2) that an address says, as `region_text` writes it; None for anything else."""
    if text is None or _TEXT.fullmatch(text) is None:
        return None
    corners = [[int(part) for part in one.split(".")] for one in text.split("_")]
    found = np.array(corners, np.float64) / STEPS
    return found if np.abs(found).max() <= FARTHEST and np.any(_spanned(found) > 0) else None
