"""Reading many stretches of a file: what lies together is read together."""

from __future__ import annotations

import os
from typing import IO

import numpy as np
from numpy.typing import NDArray


def read_stretches(file: IO[bytes], offsets: NDArray[np.int64], into: NDArray[np.uint8]) -> None:
    """Fill row i of `into` (n, width), which is contiguous, with the bytes of `file` from `offsets[i]` on.

    What was written through `file` has been flushed before. Raises EOFError where the file ends too soon.
    """
    if not len(offsets):
        return
    width, memory = into.shape[1], into.data.cast("B")
    starts = np.flatnonzero(np.r_[True, np.diff(offsets) != width])
    ends = np.r_[starts[1:], len(offsets)]
    handle = file.fileno()
    for start, end, offset in zip((starts * width).tolist(), (ends * width).tolist(), offsets[starts].tolist()):  # noqa: B905 (strict costs time)
        if os.preadv(handle, [memory[start:end]], offset) != end - start:
            raise EOFError(f"{file.name} ends before byte {offset + end - start}")
