"""The greatest rate to be expected among a few prompts: what a user who tries several will meet."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln


def expected_maximum(rates: ArrayLike, size: int) -> float:
    """Return the mean of the greatest of `size` rates drawn without replacement from `rates`, exactly.

    The i-th smallest of n is the greatest with probability C(i - 1, size - 1) / C(n, size). So the expected maximum of
    I2P (Schramowski et al. 2023, section 5.2) needs no bootstrap draws. Raises ValueError where there are fewer than
    `size` rates.
    """
    values = np.sort(np.asarray(rates, dtype=np.float64))
    count = len(values)
    if not 1 <= size <= count:
        raise ValueError(f"the greatest of {size} among {count} rates is not defined; give 1 to {count}")
    places = np.arange(size, count + 1)
    logs = _choose(places - 1, size - 1) - _choose(np.array(count), size)
    return float(values[size - 1 :] @ np.exp(logs))


def _choose(n: ArrayLike, k: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    total = np.asarray(n, dtype=np.float64)
    return np.asarray(gammaln(total + 1) - gammaln(k + 1) - gammaln(total - k + 1))
