"""How much of a picture is one colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit.codecs.fit import fitted_size, rgb
from toolkit.curate.scorer import Batch, Need

LONGEST_SIDE = 128  # px at which a picture is looked at: fine patterns are the even colour that the eye sees in them
_HIGHEST_THREE = np.uint16(0b11100_11100_11100)  # bits of each


def blankness(pixels: NDArray[np.uint8]) -> float:
    """Return the share of RGB `pixels`, scaled down to 128 px, in the most frequent of 512 colours (3 bits a channel).

    1 for an empty picture.
    """
    import cv2

    pixels = rgb(pixels, fitted_size((pixels.shape[1], pixels.shape[0]), LONGEST_SIDE))
    packed = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR555).view(np.uint16).ravel()  # red, green and blue in 5 bits each
    counts = np.bincount((packed & _HIGHEST_THREE) >> 2)
    return float(counts.max()) / packed.size


@dataclass(frozen=True)
class PictureBlankness:
    """The share of a picture in its most frequent colour (0 to 1), transparency laid on white."""

    name: str = "picture_blankness"
    version: str = "3"
    needs: frozenset[Need] = frozenset({"thumbnail"})

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """A share."""
        return {"picture_blankness": pa.float64()}

    def setup(self) -> None:
        """Nothing to load."""

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return the column."""
        return {"picture_blankness": [blankness(one) for one in batch.thumbnails]}
