"""How sharp a picture is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit.curate.scorer import Batch, Need


def laplacian_variance(grey: NDArray[np.uint8]) -> float:
    """Return the variance of the Laplacian (4 neighbours, edges mirrored) of luminance `grey`: 0 for one tone.

    Low where nothing is in focus: LAPV of Pertuz, Puig and Garcia 2013 ("Analysis of focus measure operators"), after
    Pech-Pacheco et al. 2000. It grows with contrast and falls with magnification; photographs at 256 px mostly have
    hundreds, a blurred one less than a hundred.
    """
    import cv2

    found = cv2.Laplacian(grey, cv2.CV_16S)
    mean = cv2.sumElems(found)[0] / grey.size
    return max(0.0, cv2.norm(found, cv2.NORM_L2SQR) / grey.size - mean * mean)


@dataclass(frozen=True)
class PictureSharpness:
    """The variance of the Laplacian of the luminance (0 to 255) of a picture scaled to 256 px."""

    name: str = "picture_sharpness"
    version: str = "1"
    needs: frozenset[Need] = frozenset({"pixels"})

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """A variance, 0 or more."""
        return {"picture_sharpness": pa.float64()}

    def setup(self) -> None:
        """Nothing to load."""

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return the column."""
        return {"picture_sharpness": [laplacian_variance(one) for one in batch.greys]}
