"""How a score is spread around a threshold, and which rows lie nearest to it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]


class Bin(NamedTuple):
    """`rows` whose score is from `start` to `end`."""

    start: float
    end: float
    rows: int


def spread(values: Reals, *thresholds: float, bins: int = 60) -> list[Bin]:
    """Return how many of `values` (n,), NaN where there is none, lie in each of at most `bins` equal parts of their
    range, which holds the `thresholds` too; whole numbers have parts of whole numbers. Nothing for no values."""
    known = values[~np.isnan(values)]
    if not len(known):
        return []
    low, high = (float(end(known.min(), known.max(), *thresholds)) for end in (min, max))
    if (known == np.round(known)).all():
        width = max(1, -(-int(np.ceil(high) - np.floor(low) + 1) // bins))
        edges = np.arange(np.floor(low), np.ceil(high) + 1 + width, width) - 0.5
    else:
        edges = np.linspace(low, high if high > low else low + 1, bins + 1)
    counts, edges = np.histogram(known, edges)
    return [Bin(*one) for one in zip(edges[:-1].tolist(), edges[1:].tolist(), counts.tolist(), strict=True)]


def nearest(values: Reals, threshold: float, rows: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Return those `most` of `rows`, int64, whose `values` (n,) lie nearest to `threshold`, nearest first; of equally
    near ones the first. Rows without a value are left out."""
    scored = rows[~np.isnan(values[rows])]
    distance = np.abs(values[scored] - threshold)
    return scored[np.argsort(distance, kind="stable")[:most]]
