"""How far shares lie from targets over several slices, before and after, when pictures are redrawn by their seeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from toolkit.statistics.corrections import Estimate
from toolkit.statistics.intervals import normal_quantile

DRAWS = 2_000
SEED = 20_231
ADDED = 2.0  # seeds that are added to a slice, spread over all that a pair may show
Reals = NDArray[np.float64]


class Side(NamedTuple):
    """The `shares` (K,), those with the seeds that are added (`smoothed`), and what they were in each of the draws,
    `drawn` (draws, K)."""

    shares: Reals
    smoothed: Reals
    drawn: Reals


class Redrawn(NamedTuple):
    """One slice: its `target` (K,), and of each side the shares (K,)."""

    target: Reals
    before: Side
    after: Side


class MovedDistance(NamedTuple):
    """The mean over slices of the total variation distance to the target, in [0, 1], and how it changed."""

    before: Estimate
    after: Estimate
    change: Estimate


def redraw(before: ArrayLike, after: ArrayLike, target: ArrayLike, stream: np.random.Generator) -> Redrawn:
    """Return a slice with its seeds redrawn, the pictures of a seed together on both sides.

    `before` and `after` (seeds, K) count the pictures of each group that each seed painted; a picture that could not be
    told counts nowhere. Two seeds, spread over all K x K that a pair may show, are added to those that are drawn, so
    that shares at 0 and 1 have an error too. Raises ValueError for a side without pictures, or unequal shapes.
    """
    first, second, aim = (np.asarray(one, np.float64) for one in (before, after, target))
    if first.ndim != 2 or first.shape != second.shape or aim.shape != first.shape[1:]:
        raise ValueError(f"counts {first.shape} and {second.shape}, target {aim.shape}; give (seeds, K) twice and (K,)")
    if not (first.any() and second.any()):
        raise ValueError("a side has no picture that could be told; give at least one before and one after")
    count, groups = first.shape
    unit = np.eye(groups)
    added = np.repeat(unit, groups, 0) * first.sum() / count, np.tile(unit, (groups, 1)) * second.sum() / count
    chances = np.concatenate([np.ones(count), np.full(groups * groups, ADDED / groups**2)])
    weights = stream.multinomial(count, chances / chances.sum(), DRAWS).astype(np.float64)
    sides = []
    for counts, more in zip((first, second), added, strict=True):
        shares, whole = counts.sum(0) / counts.sum(), np.concatenate([counts, more])
        totals, smoothed = weights @ whole, chances @ whole
        sizes = totals.sum(axis=1, keepdims=True)
        drawn = np.where(sizes > 0, totals / np.where(sizes > 0, sizes, 1), shares)
        sides.append(Side(shares, smoothed / smoothed.sum(), drawn))
    return Redrawn(aim, *sides)


def redraw_estimates(
    before: Sequence[Estimate],
    after: Sequence[Estimate],
    target: ArrayLike,
    stream: np.random.Generator,
    confidence: float = 0.95,
) -> Redrawn:
    """Return a slice whose shares are known by estimates alone, such as corrected ones, one a group: drawn from normal
    distributions of the errors that their intervals imply, both sides independently, two groups as mirrors."""
    z, sides = normal_quantile(0.5 + confidence / 2), []
    for side in (before, after):
        shares = np.array([one.value for one in side])
        errors = np.array([(one.high - one.low) / 2 / z for one in side])
        noise = stream.standard_normal((DRAWS, len(side)))
        if len(side) == 2:
            noise[:, 1] = -noise[:, 0]
        sides.append(Side(shares, shares, (shares + noise * errors).clip(0.0, 1.0)))
    return Redrawn(np.asarray(target, np.float64), *sides)


def moved_distance(slices: Sequence[Redrawn], confidence: float = 0.95) -> MovedDistance:
    """Return the mean distance to the targets before and after, and its change, with intervals.

    A measured distance lies above the true one, by as much as the noise floor where the target is reached; so each
    interval reaches down by what the measured one may be too high (each share taken where its own interval comes
    nearest to the target), besides the normal quantile of the bootstrap's error around the figure and the figure of
    smoothed shares, and up to the quantile of the redrawn ones; that of the change likewise to both sides. Intervals
    are conservative near the target. Raises ValueError for no slices.
    """
    if not slices:
        raise ValueError("no slices, no distance; give at least one")
    z, tail = normal_quantile(0.5 + confidence / 2), (1 - confidence) / 2
    before, after = _mean_over(slices, "before", z), _mean_over(slices, "after", z)
    change, smoothed, drawn = (getattr(after, one) - getattr(before, one) for one in ("value", "smoothed", "drawn"))
    reach, ends = z * float(drawn.std()), np.quantile(drawn, [tail, 1 - tail])
    low = min(change, smoothed, float(ends[0]) + reach) - after.excess - reach
    high = max(change, smoothed, float(ends[1]) - reach) + before.excess + reach
    sides = [
        Estimate(
            one.value,
            max(0.0, min(one.value, one.smoothed) - one.excess - z * float(one.drawn.std())),
            min(1.0, _highest(one, z, tail)),
        )
        for one in (before, after)
    ]
    return MovedDistance(sides[0], sides[1], Estimate(change, max(-1.0, low), min(1.0, high)))


class _Mean(NamedTuple):
    """A mean over slices: measured, of smoothed shares, in each draw, and by how much it may be too high."""

    value: float
    smoothed: float
    drawn: Reals
    excess: float


def _highest(one: _Mean, z: float, tail: float) -> float:
    around = max(one.value, one.smoothed) + z * float(one.drawn.std())
    return max(around, float(np.quantile(one.drawn, 1 - tail)))


def _mean_over(slices: Sequence[Redrawn], name: str, z: float) -> _Mean:
    sides: list[tuple[Side, Reals]] = [(getattr(one, name), one.target) for one in slices]
    return _Mean(
        float(np.mean([_distance(side.shares, target) for side, target in sides])),
        float(np.mean([_distance(side.smoothed, target) for side, target in sides])),
        np.mean([_distance(side.drawn, target) for side, target in sides], axis=0),
        float(np.mean([_excess(side.shares, side.drawn.std(axis=0), target, z) for side, target in sides])),
    )


def _distance(shares: Reals, target: Reals) -> Reals:
    return np.asarray(np.abs(shares - target).sum(axis=-1) / 2)


def _excess(shares: Reals, errors: Reals, target: Reals, z: float) -> float:
    """Return by how much the expected distance of normal shares exceeds that of the true ones, at most."""
    away = np.maximum(np.abs(shares - target) - z * errors, 0.0)
    scale = np.where(errors > 0, errors, 1.0)
    density = np.sqrt(2 / np.pi) * errors * np.exp(-((away / scale) ** 2) / 2)
    return float(np.where(errors > 0, density - 2 * away * ndtr(-away / scale), 0.0).sum() / 2)
