"""The small picture that every scorer on pixels reads that needs no detail."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from toolkit.images import decode

THUMBNAIL_SIDE = 128  # px: enough for tones, borders and hashes; a quarter of the work of 256 px
_OVERSAMPLING = 1.5  # scaled by a JPEG's decoder alone, 2 % of the copies at half the size look different


def thumbnail(data: bytes) -> NDArray[np.uint8]:
    """Return the picture in `data` as RGB, uint8 (height, width, 3), scaled down to at most 128 px. Raises
    PictureError."""
    return decode(data, longest_side=THUMBNAIL_SIDE, oversampling=_OVERSAMPLING)
