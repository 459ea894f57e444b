"""The k-th smallest of values that come in parts, exactly, in memory that does not grow with their number.

Radix selection on mergeable histograms: a first pass counts the values by the first 16 bits of an order-preserving
code, counts of parts are added up, and a further pass looks only between the bounds of the bin that holds the k-th; no
more than four passes, as a float64 has 64 bits. A quantile sketch (KLL: Karnin, Lang and Liberty 2016, arXiv
1603.05346, theorem 1: a rank off by at most e n with probability 1 - d, from O(1/e log log 1/d) values) would read once
and err; which rows a rule takes must not depend on a draw, so that here the bounds are exact and are looked into.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

HELD = 1 << 20  # values that are put in order in memory, 8 MiB: no more than that is held, whatever their number
_BITS, _STEP = 64, 16
_SIGN = np.uint64(1 << 63)
_LOWEST = np.int64(-(1 << 63))

Values = NDArray[np.float64]
Codes = NDArray[np.uint64]
Counts = NDArray[np.int64]


def kth_smallest(parts: Callable[[], Iterable[Values]], place: int, size: int, held: int = HELD) -> float:
    """Return what stands at `place` (0 to `size` - 1) of all `size` values in ascending order, NaN after all others.

    `parts` yields them, in any order and cut in any way, each time that it is called: once for up to `held` values,
    else two to five times. Raises ValueError for a place that there is not.
    """
    if not 0 <= place < size:
        raise ValueError(f"there is no place {place} among {size} values")
    if size <= held:
        return _in_memory(parts(), place)
    known, bits, left = np.uint64(0), 0, place
    while bits < _BITS:
        counts = sum((count_codes(codes_of(part), known, bits) for part in parts()), np.zeros(1 << _STEP, np.int64))
        up_to = np.cumsum(counts)
        bin_ = int(np.searchsorted(up_to, left, side="right"))
        left -= int(up_to[bin_] - counts[bin_])
        known, bits = np.uint64((int(known) << _STEP) | bin_), bits + _STEP
        if counts[bin_] <= held:
            return _in_memory((part[_begins(codes_of(part), known, bits)] for part in parts()), left)
    return float(_values_of(np.array([known]))[0])


def codes_of(values: Values) -> Codes:
    """Return whole numbers in the order of `values` (n,), uint64 (n,): equal values have one, NaN the greatest."""
    bits = (values + 0.0).view(np.int64)  # one zero, of the two that there are
    codes = np.asarray((bits ^ ((bits >> 63) | _LOWEST)).view(np.uint64), np.uint64)
    unknown = np.isnan(values)
    if unknown.any():
        codes[unknown] = np.uint64((1 << _BITS) - 1)
    return codes


def count_codes(codes: Codes, known: np.uint64, bits: int) -> Counts:
    """Return how many of those `codes` (n,) whose first `bits` are `known` go on with each 16 bits, int64 (65536,).

    Counts of parts add up to those of the whole.
    """
    inside = codes[_begins(codes, known, bits)] if bits else codes
    following = (inside >> np.uint64(_BITS - _STEP - bits)) & np.uint64((1 << _STEP) - 1)
    return np.bincount(following.astype(np.int64), minlength=1 << _STEP)


def _begins(codes: Codes, known: np.uint64, bits: int) -> NDArray[np.bool_]:
    return np.asarray(codes >> np.uint64(_BITS - bits) == known, bool)


def _values_of(codes: Codes) -> Values:
    return np.where(codes & _SIGN, codes ^ _SIGN, ~codes).view(np.float64)


def _in_memory(parts: Iterable[Values], place: int) -> float:
    return float(np.partition(np.concatenate(list(parts)), place)[place])
