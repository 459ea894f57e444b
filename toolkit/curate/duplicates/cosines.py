"""The discrete cosine transform of scipy without `import scipy.fft`, which takes longer than a thousand pictures do.

Nearly all of that goes to array libraries that nobody here uses. The transform itself (pocketfft, by Reinecke) is a
compiled module that needs nothing of scipy; where a scipy keeps it elsewhere, the usual import is made.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]
_MODULE = "pypocketfft"


def cosine_transform(values: Reals, axis: int) -> Reals:
    """Return the unnormalised DCT-II of `values` along `axis`, as `scipy.fft.dct` gives it."""
    return _transform()(values, axis)


@cache
def _transform() -> Callable[[Reals, int], Reals]:
    compiled = _compiled()
    if compiled is None:
        from scipy.fft import dct

        return lambda values, axis: np.asarray(dct(values, axis=axis))
    return lambda values, axis: np.asarray(compiled.dct(values, 2, (axis,)))


def _compiled() -> Any:
    """Return scipy's compiled pocketfft; None where it is not where it is looked for."""
    scipy = find_spec("scipy")
    if scipy is None or scipy.origin is None:
        return None
    folder = Path(scipy.origin).parent / "fft" / "_pocketfft"
    file = next((path for end in EXTENSION_SUFFIXES if (path := folder / f"{_MODULE}{end}").is_file()), None)
    found = None if file is None else spec_from_file_location(_MODULE, file)
    if found is None or found.loader is None:
        return None
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module if hasattr(module, "dct") else None
