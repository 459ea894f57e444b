"""Rounding of many scores at once, to the last bit as Python rounds one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

DECIMALS = 4
_SCALE = 10.0**DECIMALS
_LARGE = 1e9  # from here on what is multiplied loses digits that are asked for


def rounded(values: Sequence[object]) -> Sequence[object]:
    """Return `values` (numbers, or None) as floats with at most 4 decimals, what `round(value, 4)` gives for each.

    Where multiplying could turn a value to the other side of a half, Python decides, by all the digits that it has.
    """
    exact = np.array(values, dtype=np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = exact * _SCALE
        whole = np.rint(scaled)
        halfway = np.abs(np.abs(scaled - whole) - 0.5) <= 1e-9 + 1e-15 * np.abs(scaled)
    found: list[object] = (whole / _SCALE).tolist()
    for place in np.flatnonzero(halfway | (np.abs(exact) >= _LARGE)).tolist():
        found[place] = round(float(exact[place]), DECIMALS)
    return (
        [None if value is None else one for value, one in zip(values, found, strict=True)] if None in values else found
    )
