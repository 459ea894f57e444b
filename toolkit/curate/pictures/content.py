"""Scores of pictures that need no network: size and shape from the header, entropy and blankness from pixels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from PIL import Image

from toolkit.curate.scorer import Batch, Need


def entropy(pixels: NDArray[np.uint8]) -> float:
    """Return the Shannon entropy of the luminance histogram (BT.601, 256 bins) in bits: 0 (one tone) to 8."""
    counts = np.array(Image.fromarray(pixels).convert("L").histogram())
    shares = counts[counts > 0] / counts.sum()
    return max(0.0, float(-(shares * np.log2(shares)).sum()))


def blankness(pixels: NDArray[np.uint8]) -> float:
    """Return the share of pixels in the most frequent of 512 colours (3 bits a channel): 1 for an empty picture."""
    coarse = (pixels >> 5).astype(np.uint16)
    codes = (coarse[..., 0] << 6) | (coarse[..., 1] << 3) | coarse[..., 2]
    counts = np.bincount(codes.ravel(), minlength=512)
    return float(counts.max() / counts.sum())


@dataclass(frozen=True)
class PictureSize:
    """Shortest side in pixels and aspect (longest side / shortest side, 1 or more), from the header alone."""

    name: str = "picture_size"
    version: str = "1"
    needs: frozenset[Need] = frozenset({"header"})

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """Pixels, and a ratio."""
        return {"picture_side": pa.int64(), "picture_aspect": pa.float64()}

    def setup(self) -> None:
        """Nothing to load."""

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return the two columns."""
        sides = [(min(one.width, one.height), max(one.width, one.height)) for one in batch.headers]
        return {
            "picture_side": [low for low, _ in sides],
            "picture_aspect": [high / max(low, 1) for low, high in sides],
        }


@dataclass(frozen=True)
class PictureContent:
    """Entropy in bits (0 to 8) and blankness (0 to 1), from pixels scaled to 256 px, transparency laid on white."""

    name: str = "picture_content"
    version: str = "1"
    needs: frozenset[Need] = frozenset({"pixels"})

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """Bits, and a share."""
        return {"picture_entropy": pa.float64(), "picture_blankness": pa.float64()}

    def setup(self) -> None:
        """Nothing to load."""

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return the two columns."""
        return {
            "picture_entropy": [entropy(one) for one in batch.pixels],
            "picture_blankness": [blankness(one) for one in batch.pixels],
        }
