"""What two copies of a picture share: a 64-bit perceptual hash, and a coarse grid of CIELAB colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from PIL import Image

from toolkit.curate.duplicates.frequencies import frequencies, perceptual_hashes
from toolkit.curate.scorer import Batch, Need

GRID_SIDE = 8
_GRID_UNIT = 0.01  # CIELAB units a step: far below what an eye can tell (about 2.3)
_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_D65 = np.array([0.95047, 1.0, 1.08883])


def to_lab(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return sRGB `pixels` (..., 3) as CIELAB under D65: L* in [0, 100], a* and b* about [-128, 127] (CIE 15:2004)."""
    encoded = pixels / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    ratios = linear @ _TO_XYZ.T / _D65
    curved = np.where(ratios > (6 / 29) ** 3, np.cbrt(ratios), ratios * (29 / 6) ** 2 / 3 + 4 / 29)
    x, y, z = curved[..., 0], curved[..., 1], curved[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def colour_grid(pixels: NDArray[np.uint8]) -> bytes:
    """Return the colours of an 8 x 8 grid over RGB `pixels` as 192 little-endian int16, hundredths of CIELAB.

    Scaled to 32 x 32 with a filter first: cells cut from pixels directly differ between sizes of one picture, because
    their edges fall on other pixels.
    """
    small = Image.fromarray(pixels).resize((4 * GRID_SIDE, 4 * GRID_SIDE), Image.Resampling.BICUBIC).reduce(4)
    return np.rint(to_lab(np.asarray(small)) / _GRID_UNIT).astype("<i2").tobytes()


def colour_grids(stored: Sequence[bytes]) -> NDArray[np.float32]:
    """Return stored grids as CIELAB values, float32 (n, 64, 3)."""
    steps = np.frombuffer(b"".join(stored), "<i2").reshape(len(stored), GRID_SIDE**2, 3)
    return steps.astype(np.float32) * np.float32(_GRID_UNIT)


@dataclass(frozen=True)
class Fingerprints:
    """The perceptual hash and the colour grid of a picture, from the one decode at 256 px."""

    name: str = "fingerprints"
    version: str = "2"
    needs: frozenset[Need] = frozenset({"pixels"})

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """64 bits, and 384 bytes."""
        return {"perceptual_hash": pa.uint64(), "colour_grid": pa.binary()}

    def setup(self) -> None:
        """Nothing to load."""

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return the two columns."""
        return {
            "perceptual_hash": perceptual_hashes(frequencies(batch.greys)).tolist(),
            "colour_grid": [colour_grid(one) for one in batch.pixels],
        }
