"""Where the right answer stands among many, and how often it is near the front."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from toolkit.statistics.intervals import Interval, wilson


class RankSummary(NamedTuple):
    """Of `n` ranks in a pool of `pool`: the share `in_top` that are `top` or better, with its interval, the median,
    and both by chance."""

    n: int
    pool: int
    top: int
    in_top: float
    interval: Interval
    median: float
    chance_in_top: float
    chance_median: float


def ranks_of(similarity: ArrayLike, right: ArrayLike) -> NDArray[np.float64]:
    """Return the rank, from 1, of column `right` (n,) in each row of `similarity` (n, pool), the greatest first.

    Equal similarities share the mean of their ranks, so that what tells nothing apart is no better than chance.
    Raises ValueError where a right column is not there.
    """
    scores, columns = np.asarray(similarity, np.float64), np.asarray(right, np.int64)
    if scores.ndim != 2 or columns.shape != scores.shape[:1]:
        raise ValueError(f"similarities {scores.shape} and right columns {columns.shape} do not match; give (n, pool)")
    if len(columns) and not (columns.min() >= 0 and columns.max() < scores.shape[1]):
        raise ValueError(f"a right column is outside a pool of {scores.shape[1]}")
    own = scores[np.arange(len(columns)), columns][:, None]
    return np.asarray((scores > own).sum(1) + ((scores == own).sum(1) + 1) / 2, np.float64)


def summarise_ranks(ranks: ArrayLike, pool: int, top: int = 10, confidence: float = 0.95) -> RankSummary:
    """Return how near the front `ranks` (n,) in a pool of `pool` are. Raises ValueError where there is none."""
    values = np.asarray(ranks, np.float64)
    if values.ndim != 1 or not len(values):
        raise ValueError(f"ranks of shape {values.shape} cannot be summarised; give one or more")
    hits = int((values <= top).sum())
    return RankSummary(
        n=len(values),
        pool=pool,
        top=top,
        in_top=hits / len(values),
        interval=wilson(hits, len(values), confidence),
        median=float(np.median(values)),
        chance_in_top=min(1.0, top / pool),
        chance_median=(pool + 1) / 2,
    )
