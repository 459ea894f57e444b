"""Weights that bring the shares of groups to a target: raking, with or without a greatest weight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Reals = NDArray[np.float64]
Codes = NDArray[np.int64]
TOLERANCE = 1e-9  # of a share
MOST_ROUNDS = 1_000
_HALVINGS = 60
_WIDEST = 25.0  # ln of the greatest factor of a category; only targets that cannot be met ask for more


class Raked(NamedTuple):
    """`weights`: one a row, float64 (rows,), positive, of mean 1. `converged`: every share is within the tolerance of
    its target after `rounds` over all margins; `error` is the greatest difference that is left."""

    weights: Reals
    converged: bool
    rounds: int
    error: float


def rake(
    margins: Sequence[ArrayLike],
    targets: Sequence[ArrayLike],
    *,
    cap: float | None = None,
    tolerance: float = TOLERANCE,
    most_rounds: int = MOST_ROUNDS,
) -> Raked:
    """Return the weights nearest to equal ones that give every margin its target shares.

    Each of `margins` holds the category of every row, 0 to K - 1; the target of the same place the K shares wanted, all
    above 0, of sum 1. Iterative proportional fitting: the weights of each category are multiplied so that its share is
    right, margin after margin, until all are. The limit is the one set of weights of least Kullback-Leibler divergence
    from equal weights, whatever the order of rows and margins. With `cap`, no weight exceeds it (in units of the mean
    weight): the factor of a category is then the one whose truncated weights reach the target, and the limit is the
    nearest set of weights below the cap.

    Targets that cannot be met together (or not under the cap) leave `converged` False. Raises ValueError for targets
    that are not such shares, for a category without rows, and for a cap of 1 or less. Sources: Deming and Stephan
    (1940), Annals of Mathematical Statistics 11, 427-444; Csiszar (1975), Annals of Probability 3, 146-158; for bounds,
    Deville, Sarndal and Sautory (1993), JASA 88, 1013-1020.
    """
    codes, wanted = _checked(margins, targets, cap)
    cells, inverse, counts = np.unique(np.stack(codes, axis=1), axis=0, return_inverse=True, return_counts=True)
    size = counts / counts.sum()  # a cell is a combination of categories: all its rows get one weight
    factors = [np.ones(len(shares)) for shares in wanted]
    limit = np.inf if cap is None else cap
    weights, error, rounds = np.ones(len(cells)), np.inf, 0
    while error > tolerance and rounds < most_rounds:
        rounds += 1
        for place, shares in enumerate(wanted):
            base = _product(cells, factors, leave_out=place)
            factors[place] = _factors(cells[:, place], base, size, shares, limit)
        weights = np.minimum(_product(cells, factors, leave_out=-1), limit)
        error = _greatest_error(cells, weights * size, wanted)
    weights = weights / (weights @ size)
    return Raked(weights[inverse.reshape(-1)], error <= tolerance, rounds, float(error))


def effective_size(weights: ArrayLike) -> float:
    """Return Kish's effective sample size (sum w)^2 / sum w^2: as many equally weighted rows say as much of a mean.

    In [1, rows]. Raises ValueError where no weight is above 0. Source: Kish (1965), Survey Sampling, section 11.7.
    """
    values = np.asarray(weights, dtype=np.float64)
    if not bool((values >= 0).all()) or not bool((values > 0).any()):
        raise ValueError("weights below 0, or none above it, have no effective size; give weights of at least 0")
    scaled = values / values.max()
    return float(scaled.sum() ** 2 / (scaled @ scaled))


def design_effect(weights: ArrayLike) -> float:
    """Return Kish's design effect, rows / effective size, at least 1: how much wider variances get by weighting.

    Raises ValueError as `effective_size`.
    """
    return max(1.0, len(np.asarray(weights)) / effective_size(weights))


def shares(codes: ArrayLike, categories: int, weights: ArrayLike | None = None) -> Reals:
    """Return the share of each of `categories` among rows, weighted where `weights` are given; float64, of sum 1."""
    totals = np.bincount(
        np.asarray(codes), weights=None if weights is None else np.asarray(weights), minlength=categories
    )
    return np.asarray(totals / totals.sum(), dtype=np.float64)


def _product(cells: Codes, factors: Sequence[Reals], *, leave_out: int) -> Reals:
    made = np.ones(len(cells))
    for place, one in enumerate(factors):
        if place != leave_out:
            made = made * one[cells[:, place]]
    return made


def _factors(codes: Codes, base: Reals, size: Reals, wanted: Reals, limit: float) -> Reals:
    """Return the factor of each category with which its weights, truncated at `limit`, reach its wanted share, or come
    as near to it as they can."""
    plain = np.clip(np.log(wanted / np.bincount(codes, base * size, len(wanted))), -_WIDEST, _WIDEST)
    if not np.isfinite(limit):
        return np.asarray(np.exp(plain))
    # Between the factor that would do without the cap and one so great that every weight of the category is capped.
    least = np.full(len(wanted), np.inf)
    np.minimum.at(least, codes, base)
    low, high = plain, np.maximum(np.clip(np.log(limit / least), -_WIDEST, _WIDEST), plain)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        reached = np.bincount(codes, np.minimum(base * np.exp(middle)[codes], limit) * size, len(wanted))
        low, high = np.where(reached < wanted, middle, low), np.where(reached < wanted, high, middle)
    return np.asarray(np.exp(high))


def _greatest_error(cells: Codes, mass: Reals, wanted: Sequence[Reals]) -> float:
    total = mass.sum()
    found = (np.bincount(cells[:, place], mass, len(one)) / total - one for place, one in enumerate(wanted))
    return max(float(np.abs(one).max()) for one in found)


def _checked(
    margins: Sequence[ArrayLike], targets: Sequence[ArrayLike], cap: float | None
) -> tuple[list[Codes], list[Reals]]:
    codes = [np.asarray(one, dtype=np.int64) for one in margins]
    wanted = [np.asarray(one, dtype=np.float64) for one in targets]
    if not codes or len(codes) != len(wanted) or len({one.shape for one in codes}) != 1 or codes[0].size == 0:
        raise ValueError(f"{len(codes)} margins and {len(wanted)} targets; give at least one, each of all rows")
    if cap is not None and not cap > 1:
        raise ValueError(f"a cap of {cap} leaves no room above the mean weight of 1; give a number above 1")
    for place, (some, goal) in enumerate(zip(codes, wanted, strict=True)):
        if goal.ndim != 1 or not bool((goal > 0).all()) or abs(float(goal.sum()) - 1) > 1e-9:
            raise ValueError(f"target {place}: {goal.tolist()} are not shares above 0 of sum 1")
        if some.min() < 0 or some.max() >= len(goal):
            raise ValueError(f"margin {place} has categories outside 0 to {len(goal) - 1}")
        empty = np.flatnonzero(np.bincount(some, minlength=len(goal)) == 0)
        if len(empty):
            raise ValueError(f"margin {place}: no row is of category {empty[0]}, so no weight gives it a share")
    return codes, wanted
