"""Which pairs a step sees: a pure function of seed and step, so that a resumed training goes on as it would have."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from toolkit.seeds import stable_hash


@dataclass(frozen=True, eq=False)
class PassLimit:
    """In one pass at most `most` indices of each of the `groups`, int64 (n,), one for each index; each pass chooses
    them anew."""

    groups: NDArray[np.int64]
    most: int


@dataclass(frozen=True, eq=False)
class Batches:
    """Batches of `batch_size` of `indices`, int64 (n,): each pass in a new seeded order, using every index once, or
    as many as `limit` lets in.

    A batch may span two passes, so that all batches have one size.
    """

    indices: NDArray[np.int64]
    batch_size: int
    seed: int
    limit: PassLimit | None = None

    @property
    def a_pass(self) -> int:
        """How many indices a pass uses."""
        if self.limit is None:
            return len(self.indices)
        return int(np.minimum(np.bincount(self.limit.groups), self.limit.most).sum())

    def at(self, step: int) -> NDArray[np.int64]:
        """Return the batch of `step`, int64 (batch_size,)."""
        count = self.a_pass
        places = np.arange(step * self.batch_size, (step + 1) * self.batch_size)
        chosen = np.empty(self.batch_size, np.int64)
        for turn in np.unique(places // count).tolist():
            here = places // count == turn
            chosen[here] = self.indices[_order(self, turn)[places[here] % count]]
        return chosen


@lru_cache(maxsize=4)
def _order(batches: Batches, turn: int) -> NDArray[np.int64]:
    """Return the places of a pass's indices, int64 (a_pass,), in the order that they are used in."""
    generator = np.random.default_rng(int(stable_hash("pass", batches.seed, turn)[:16], 16))
    order = generator.permutation(len(batches.indices))
    if batches.limit is None:
        return order
    groups = batches.limit.groups[order]
    by_group = np.argsort(groups, kind="stable")
    firsts = np.searchsorted(groups[by_group], groups[by_group])
    within = np.empty(len(order), np.int64)
    within[by_group] = np.arange(len(order)) - firsts
    return order[within < batches.limit.most]
