"""A cost: one figure of the pictures of two audits, before and after, with the interval of its change."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.audit.comparing.twin_vectors import TwinVectors
from toolkit.audit.measuring.adherence import FIRST, SCORE
from toolkit.audit.measuring.diversity import ALIKE, VENDI
from toolkit.audit.measuring.fidelity import FID, KID
from toolkit.statistics.corrections import Estimate
from toolkit.statistics.fidelity import grouped_jackknife

HIGHER, LOWER = "higher", "lower"
BETTER = {SCORE: HIGHER, FIRST: HIGHER, VENDI: HIGHER, ALIKE: LOWER, KID: LOWER, FID: LOWER}
JACKKNIFE = "jackknife of seeds, drawn together on both sides"
Reals = NDArray[np.float64]
Places = NDArray[np.intp]


class Cost(NamedTuple):
    """A `measure` of the pictures before and after, and its `change` with an interval, over `pairs` of pictures of one
    prompt and seed of which `n` vary independently. `relative` is the change over the figure before, None where that is
    0 or less. `better` says which way is good. `not_measurable` says why there is no figure."""

    measure: str
    slice: str
    before: float | None
    after: float | None
    change: float | None
    low: float | None
    high: float | None
    relative: float | None
    pairs: int
    n: int
    method: str | None
    better: str
    not_measurable: str | None


def told(
    measure: str, name: str, sides: tuple[float, float], change: Estimate, pairs: int, n: int, method: str
) -> Cost:
    """Return the row of a figure on both `sides` with its `change`, rounded to 1e-6."""
    relative = round(change.value / sides[0], 6) if sides[0] > 0 else None
    first, second, value, low, high = (round(one, 6) for one in (*sides, *change))
    return Cost(measure, name, first, second, value, low, high, relative, pairs, n, method, BETTER[measure], None)


def missing(measure: str, name: str, why: str, pairs: int = 0) -> Cost:
    """Return the row of a figure that cannot be told, and `why`."""
    return Cost(measure, name, None, None, None, None, None, None, pairs, 0, None, BETTER[measure], why)


def jackknifed(
    measure: str, name: str, twins: TwinVectors, figure: Callable[[Reals], float], confidence: float
) -> Cost:
    """Return the change of a `figure` of vectors, as `jackknife_of` does."""
    return jackknife_of(measure, name, twins, lambda vectors, _: figure(vectors), confidence)


def jackknife_of(
    measure: str, name: str, twins: TwinVectors, figure: Callable[[Reals, Places], float], confidence: float
) -> Cost:
    """Return the change of a `figure` of vectors and their places, with the interval of leaving out seeds."""
    pairs, seeds = len(twins.seeds), len(set(twins.seeds))
    if seeds < 2:
        return missing(measure, name, "all pictures are of one seed", pairs)
    whole = np.arange(pairs)
    first, second = figure(twins.before, whole), figure(twins.after, whole)

    def change(kept: Places) -> Reals:
        return np.array([figure(twins.after[kept], kept) - figure(twins.before[kept], kept)])

    half = float(grouped_jackknife(change, np.array(twins.seeds)).half_widths(confidence)[0])
    if np.isnan(half):
        return missing(measure, name, "too few pictures of a prompt to leave some out", pairs)
    found = Estimate(second - first, second - first - half, second - first + half)
    return told(measure, name, (first, second), found, pairs, seeds, JACKKNIFE)
