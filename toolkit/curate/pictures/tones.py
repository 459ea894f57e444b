"""How light and dark a picture is, and how much its tones tell: from the histogram of its luminance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit.curate.scorer import Batch, Need

# Where cleanvision draws its lines: a picture is dark if 99 % of it is below 0.32 of full brightness, and light if
# 95 % is above 0.95 (cleanvision 0.3, issue_managers/image_property.py).
_DARK, _LIGHT = 0.32, 0.95
_LEVELS = np.arange(256) / 255


def histograms(greys: Sequence[NDArray[np.uint8]]) -> NDArray[np.float64]:
    """Return the share of each of 256 tones in each of `greys`, float64 (n, 256)."""
    import cv2

    counts = np.empty((len(greys), 256))
    for row, grey in enumerate(greys):
        counts[row] = cv2.calcHist([grey], [0], None, [256], [0, 256]).ravel()
    shares: NDArray[np.float64] = counts / counts.sum(axis=1, keepdims=True)
    return shares


def entropies(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the Shannon entropy of histograms (n, 256) in bits: 0 (one tone) to 8."""
    logarithms = np.log2(shares, out=np.zeros_like(shares), where=shares > 0)
    bits: NDArray[np.float64] = np.maximum(0.0, -(shares * logarithms).sum(axis=1))
    return bits


@dataclass(frozen=True)
class PictureTones:
    """Of the luminance (BT.601, 0 to 1) at 128 px: entropy in bits, mean, standard deviation, shares of dark and light.

    Dark is below 0.32, light above 0.95 of full brightness, as cleanvision has it.
    """

    name: str = "picture_tones"
    version: str = "2"
    needs: frozenset[Need] = frozenset({"thumbnail"})

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """Bits (0 to 8), mean (0 to 1), standard deviation (0 to 0.5), two shares."""
        names = ("picture_entropy", "picture_brightness", "picture_contrast", "picture_dark", "picture_light")
        return dict.fromkeys(names, pa.float64())

    def setup(self) -> None:
        """Nothing to load."""

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return the five columns."""
        shares = histograms(batch.greys)
        mean = shares @ _LEVELS
        variance = np.maximum(0.0, shares @ _LEVELS**2 - mean**2)
        return {
            "picture_entropy": entropies(shares).tolist(),
            "picture_brightness": mean.tolist(),
            "picture_contrast": np.sqrt(variance).tolist(),
            "picture_dark": shares[:, _LEVELS < _DARK].sum(axis=1).tolist(),
            "picture_light": shares[:, _LEVELS > _LIGHT].sum(axis=1).tolist(),
        }
