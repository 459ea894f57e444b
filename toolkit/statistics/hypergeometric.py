"""Tails of the hypergeometric distribution, to some thirteen digits however far out. Arrays in, arrays out.

Loader (2000), "Fast and accurate computation of binomial probabilities", as R has it for dhyper: the logarithm of a
probability from deviances, which are small, and not from factorials, whose logarithms are large and cancel.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]
_STEPS = 64  # terms of a tail that are added at a time
_NEGLIGIBLE = 1e-17  # of the sum: terms fall faster and faster
_FEW = 16  # up to which factorials are taken from a table, and beyond by Stirling's series


class Tails(NamedTuple):
    """P(X <= k) and P(X >= k), float64 (tests,) each."""

    below: Reals
    above: Reals


def tails(k: Reals, drawn: Reals, marked: Reals, total: Reals) -> Tails:
    """Return both tails of the number X of marked things among `drawn` of `total`, of which `marked` are marked.

    All are counts in float64 (tests,), `k` a possible one. The tail away from the mode is added up, the other is what
    is left of 1.
    """
    rest = total - marked
    at = np.exp(_log_probability(k, drawn, marked, rest))
    down = k <= np.floor((drawn + 1) * (marked + 1) / (total + 2))
    # Towards 0 the roles of the marked and the others turn round: one sum serves both sides.
    x = np.where(down, k, drawn - k)
    outer = at * _sum_of_ratios(x, drawn, np.where(down, marked, rest), np.where(down, rest, marked))
    inner = 1.0 - outer + at
    return Tails(np.where(down, outer, inner), np.where(down, inner, outer))


def _sum_of_ratios(x: Reals, drawn: Reals, marked: Reals, rest: Reals) -> Reals:
    """Return the sum of P(x - i) / P(x) over i = 0, 1, ... for each test."""
    total, last = np.ones_like(x), np.ones_like(x)
    left = np.arange(len(x))
    start = 0
    while len(left):
        y = x[left, None] - np.arange(start, start + _STEPS)
        n, m, r = drawn[left, None], marked[left, None], rest[left, None]
        # P(y - 1) / P(y); 0 from the end of the support on.
        ratios = np.maximum(y, 0) * np.maximum(r - n + y, 0) / ((m - y + 1) * (n - y + 1))
        terms = last[left, None] * np.cumprod(ratios, axis=1)
        total[left] += terms.sum(axis=1)
        last[left] = terms[:, -1]
        left = left[last[left] > _NEGLIGIBLE * total[left]]
        start += _STEPS
    return total


def _log_probability(k: Reals, drawn: Reals, marked: Reals, rest: Reals) -> Reals:
    """Return ln P(X = k): of k hits in `marked` trials and drawn - k in `rest`, given all of them, at one rate."""
    total = marked + rest
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(total > 0, drawn / total, 0.0)
        other = np.where(total > 0, (total - drawn) / total, 0.0)
    return (
        _log_binomial(k, marked, rate, other)
        + _log_binomial(drawn - k, rest, rate, other)
        - (_remainder(total) - _remainder(drawn) - _remainder(total - drawn))
    )


def _log_binomial(x: Reals, trials: Reals, rate: Reals, other: Reals) -> Reals:
    combined = _remainder(trials) - _remainder(x) - _remainder(trials - x)
    return combined - _deviance(x, trials * rate) - _deviance(trials - x, trials * other)


def _deviance(x: Reals, mean: Reals) -> Reals:
    """Return x ln(x / mean) + mean - x, also where the two are close and the terms would cancel (Loader's bd0)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        far = np.where(x > 0, x * np.log(x / mean) + mean - x, mean)
        v = np.where(x + mean > 0, (x - mean) / (x + mean), 0.0)
    term, near = 2 * x * v, (x - mean) * v
    for power in range(3, 25, 2):  # |v| < 0.1: the last is below 1e-22 of the first
        term = term * v * v
        near = near + term / power
    return np.where(np.abs(v) < 0.1, near, far)


def _remainder(x: Reals) -> Reals:
    """Return ln x! - (x ln x - x), 0 at 0: what Stirling's formula adds to the powers."""
    few = np.clip(x, 1, _FEW)
    product = np.cumprod(np.arange(1.0, _FEW + 1))[few.astype(np.int64) - 1]
    exact = np.log(product) - few * np.log(few) + few
    many = np.maximum(x, _FEW)
    inverse = 1 / many
    square = inverse * inverse
    series = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188))))
    stirling = series + 0.5 * np.log(2 * np.pi * many)
    return np.where(x <= 0, 0.0, np.where(x <= _FEW, exact, stirling))
