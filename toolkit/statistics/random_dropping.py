"""Counts before and after a filter, against what the same filter would leave if it dropped as many at random."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from toolkit.statistics.amplification import Measure

DRAWS = 999
SEED = 20_231


class AgainstRandomDropping(NamedTuple):
    """A measure of what was kept, the mean of it where as many were dropped at random (`floor`), and how often that
    lies as far from the floor (`p`, in [1/1000, 1])."""

    value: float
    floor: float
    p: float


def compare_with_random_dropping(measure: Measure, raw: ArrayLike, kept: ArrayLike) -> AgainstRandomDropping:
    """Return `measure` of counts (concepts, groups) before (`raw`) and after (`kept`) a filter, with floor and p.

    Of every concept as many as the filter kept are drawn from the raw ones without replacement (multivariate
    hypergeometric), 999 times, always the same; p is that of a randomisation test (Phipson and Smyth 2010, (b + 1) /
    (m + 1)). Raises ValueError where more of a group was kept than there was.
    """
    before, after = np.asarray(raw, np.int64), np.asarray(kept, np.int64)
    if before.shape != after.shape or before.ndim != 2 or bool((after > before).any()) or bool((after < 0).any()):
        raise ValueError("what was kept must be counts (concepts, groups), none greater than that before the filter")
    stream = np.random.default_rng(SEED)
    drawn = np.stack(
        [
            stream.multivariate_hypergeometric(there, int(stayed), DRAWS, method="marginals")
            for there, stayed in zip(before, after.sum(axis=1), strict=True)
        ],
        axis=1,
    )  # (DRAWS, concepts, groups)
    value = float(measure(before, after))
    chance = measure(np.broadcast_to(before, drawn.shape), drawn)
    floor = float(chance.mean())
    extreme = int((np.abs(chance - floor) >= abs(value - floor) - 1e-12).sum())
    return AgainstRandomDropping(value, floor, (extreme + 1) / (DRAWS + 1))
