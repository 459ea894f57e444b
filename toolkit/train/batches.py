"""Which pairs a step sees: a pure function of seed and step, so that a resumed training goes on as it would have."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from toolkit.seeds import stable_hash


@dataclass(frozen=True, eq=False)
class Batches:
    """Batches of `batch_size` of `indices`, int64 (n,): each pass in a new seeded order, using every index once.

    A batch may span two passes, so that all batches have one size.
    """

    indices: NDArray[np.int64]
    batch_size: int
    seed: int

    def at(self, step: int) -> NDArray[np.int64]:
        """Return the batch of `step`, int64 (batch_size,)."""
        count = len(self.indices)
        places = np.arange(step * self.batch_size, (step + 1) * self.batch_size)
        chosen = np.empty(self.batch_size, np.int64)
        for turn in np.unique(places // count).tolist():
            here = places // count == turn
            chosen[here] = self.indices[_order(count, self.seed, turn)[places[here] % count]]
        return chosen


@lru_cache(maxsize=4)
def _order(count: int, seed: int, turn: int) -> NDArray[np.int64]:
    return np.random.default_rng(int(stable_hash("pass", seed, turn)[:16], 16)).permutation(count)
