"""Amplification of shares that were corrected on both sides: value, interval, and what equal shares would show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from toolkit.statistics.confusion import Corrected

SEED = 20_231
Reals = NDArray[np.float64]


class CorrectedAmplification(NamedTuple):
    """An amplification of corrected shares with its interval; `floor` is what draws of equal shares on both sides show
    on average, `p` how often they lie as far from it."""

    value: float
    low: float
    high: float
    floor: float
    p: float


def corrected_amplification(
    measure: Callable[[Reals, Reals], Reals],
    data: Sequence[Corrected],
    model: Sequence[Corrected],
    sizes: ArrayLike,
    confidence: float = 0.95,
) -> CorrectedAmplification:
    """Return `measure`, of counts (..., concepts, classes) of the data and of the model, at the corrected shares of
    both, in the order of the concepts; `sizes` (concepts,) are the pictures of the data, which weigh them.

    The interval is of the draws of all concepts together, for those of one side rest on one matrix (give each a
    `labels_seed` of its own); as it is and moved to the value, whichever reaches farther, for draws lie farther from
    equal shares than what they are drawn from. Simulated from counts (tests/statistics), annotators that err otherwise
    from concept to concept among them, it is cautious. At shares where the measure itself jumps (Zhao's where the data
    favours no group, the directional one where it links none) no interval holds its value. Raises ValueError for
    other numbers of concepts or of draws.
    """
    number = np.asarray(sizes, np.float64)[:, None]
    if not len(data) == len(model) == len(number) > 0 or len({one.draws.shape for one in (*data, *model)}) > 1:
        raise ValueError("give as many concepts of the data as of the model, at least one, all of the same classes")
    values = [np.array([[share.value for share in one.shares] for one in side]) for side in (data, model)]
    order = np.random.default_rng(SEED).permutation(len(data[0].draws))  # or both sides' draws go together
    drawn = [
        np.stack([one.draws[order] for one in data], axis=1),
        np.stack([one.draws for one in model], axis=1),
    ]
    equal = (values[0] + values[1]) / 2

    def measured(first: Reals, second: Reals) -> Reals:
        return measure(_shares(first) * number, _shares(second) * number)

    value = float(measured(*values))
    found = measured(*drawn)
    chance = measured(*(one - one.mean(axis=0) + equal for one in drawn))
    floor = float(chance.mean())
    extreme = int((np.abs(chance - floor) >= abs(value - floor) - 1e-12).sum())
    low, high = (float(one) for one in np.quantile(found, [(1 - confidence) / 2, (1 + confidence) / 2]))
    moved = value - float(found.mean())
    low, high = min(low, low + moved, value), max(high, high + moved, value)
    return CorrectedAmplification(value, low, high, floor, (extreme + 1) / (len(chance) + 1))


def _shares(drawn: Reals) -> Reals:
    cut = drawn.clip(0.0, 1.0)
    return np.asarray(cut / cut.sum(axis=-1, keepdims=True))
