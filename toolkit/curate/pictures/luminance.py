"""How light each pixel is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_ROW = 1 << 12  # pixels of many pictures, in one picture that is so wide: Pillow converts them all at once


def luminances(pictures: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
    """Return the luminance of RGB `pictures` (BT.601, as Pillow's mode L), uint8 (height, width) each."""
    if not pictures:
        return []
    ends = np.cumsum([one.shape[0] * one.shape[1] for one in pictures]).tolist()
    rows = -(-ends[-1] // _ROW)
    colours = np.zeros((rows * _ROW, 3), np.uint8)
    np.concatenate([one.reshape(-1, 3) for one in pictures], out=colours[: ends[-1]])
    grey = np.asarray(Image.frombuffer("RGB", (_ROW, rows), colours, "raw", "RGB", 0, 1).convert("L")).ravel()
    return [grey[start:end].reshape(one.shape[:2]) for one, start, end in zip(pictures, [0, *ends], ends, strict=False)]
