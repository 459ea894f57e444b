"""Whether two things that are read of one picture go together: tables of counts held against their own margins."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from toolkit.statistics.corrections import Estimate
from toolkit.statistics.two_rates import equal_rates_p

PERMUTATIONS = 9_999
DRAWS = 2_000
SEED = 20_231
_NEAR = 1e-9
Reals = NDArray[np.float64]


class Dependence(NamedTuple):
    """Cramer's V of a table, in [0, 1], with its interval; `floor` is the mean V of pictures dealt out anew, `p` how
    often these show as much."""

    v: Estimate
    floor: float
    p: float


class Excess(NamedTuple):
    """By how much the shares of the cells of a table exceed the products of its margins: `value`, `low`, `high` in
    [-0.25, 0.25], `floor` the mean distance that independence shows, and exact `p`; all (rows, columns)."""

    value: Reals
    low: Reals
    high: Reals
    floor: Reals
    p: Reals


def dependence(table: ArrayLike, confidence: float = 0.95) -> Dependence:
    """Return how far rows and columns of the counts `table` (rows, columns) go together.

    V = sqrt(chi2 / (n (min(rows, columns) - 1))). The test draws 9,999 tables of the same margins (Patefield 1981,
    Applied Statistics 30, algorithm AS 159), so that it holds for small counts too. The interval is of the V of
    pictures without number: noncentral chi-square, inverted (Smithson 2003, Confidence Intervals, chapter 5). Raises
    ValueError where fewer than two rows or columns have any counts, for then nothing can go together.
    """
    from scipy.stats import random_table  # slow to import

    counts = _filled(table)
    n, smaller = int(counts.sum()), min(counts.shape) - 1
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / n
    found = float(((counts - expected) ** 2 / expected).sum())
    drawn = random_table.rvs(
        counts.sum(axis=1), counts.sum(axis=0), size=PERMUTATIONS, random_state=np.random.default_rng(SEED)
    )
    chance = ((drawn - expected) ** 2 / expected).sum(axis=(1, 2))
    extreme = int((chance >= found - _NEAR).sum())
    freedom = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    value = float(np.sqrt(found / (n * smaller)))
    low, high = (
        float(np.sqrt(_noncentrality(found, freedom, tail) / (n * smaller)))
        for tail in (0.5 + confidence / 2, 0.5 - confidence / 2)
    )
    v = Estimate(value, min(low, value), min(1.0, max(high, value)))
    return Dependence(v, float(np.sqrt(chance / (n * smaller)).mean()), (extreme + 1) / (PERMUTATIONS + 1))


def excess(table: ArrayLike, confidence: float = 0.95) -> Excess:
    """Return by how much the share of each cell of the counts `table` exceeds the product of its margins.

    `p` is Fisher's exact test of the cell's row against its column, all else together. Intervals are percentiles of
    shares drawn from the counts (Dirichlet with a prior of one picture in all, Perks); `floor` is E|share - product|
    of a hypergeometric cell. Raises ValueError as `dependence`.
    """
    from scipy.stats import hypergeom  # slow to import

    counts = np.asarray(table, dtype=np.int64)
    _filled(counts)
    n = int(counts.sum())
    rows, columns = np.broadcast_arrays(counts.sum(axis=1)[:, None], counts.sum(axis=0)[None])
    product = rows * columns / n**2
    prior = np.random.default_rng(SEED).dirichlet((counts + 1 / counts.size).ravel(), DRAWS)
    drawn = prior.reshape(DRAWS, *counts.shape)
    drawn = drawn - drawn.sum(axis=2, keepdims=True) * drawn.sum(axis=1, keepdims=True)
    tail = (1 - confidence) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail], axis=0)
    value = counts / n - product
    p = equal_rates_p(counts, rows, columns - counts, n - rows)
    outcomes = np.arange(n + 1)[:, None, None]
    floor = (hypergeom.pmf(outcomes, n, rows, columns) * np.abs(outcomes / n - product)).sum(axis=0)
    return Excess(value, np.minimum(low, value), np.maximum(high, value), floor, p)


def _noncentrality(statistic: float, freedom: int, probability: float) -> float:
    """Return the noncentrality of the chi-square whose `probability` to stay below `statistic` is as given; 0 where
    none is so small."""
    from scipy.optimize import brentq
    from scipy.stats import chi2, ncx2

    if chi2.cdf(statistic, freedom) <= probability:
        return 0.0
    most = 1.0
    while ncx2.cdf(statistic, freedom, most) > probability:
        most *= 2
    return float(brentq(lambda one: ncx2.cdf(statistic, freedom, one) - probability, 0.0, most))


def _filled(table: ArrayLike) -> Reals:
    """Return the rows and columns of `table` that have counts."""
    counts = np.asarray(table, dtype=np.float64)
    if counts.ndim != 2 or counts.size == 0 or counts.min() < 0:
        raise ValueError(f"counts of shape {counts.shape} are no table; give rows by columns of counts, 0 or more")
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    if min(counts.shape) < 2:
        raise ValueError(f"counts in {counts.shape[0]} rows and {counts.shape[1]} columns; two of each are needed")
    return np.asarray(counts)
