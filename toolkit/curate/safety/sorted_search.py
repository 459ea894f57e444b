"""Finding many values among many sorted ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def find_sorted(values: NDArray[Any], wanted: NDArray[Any]) -> NDArray[np.int64]:
    """Return where each of `wanted` stands in the sorted `values`, int64; -1 where it does not."""
    if not len(values):
        return np.full(len(wanted), -1, np.int64)
    places = np.searchsorted(values, wanted).clip(max=len(values) - 1)
    return np.where(values[places] == wanted, places, -1)
