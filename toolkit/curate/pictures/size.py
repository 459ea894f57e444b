"""Size, shape and kind of a picture, from its header alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from toolkit.curate.scorer import Batch, Need


@dataclass(frozen=True)
class PictureSize:
    """Shortest side in pixels, aspect (longest side / shortest side, 1 or more), format, and whether it moves."""

    name: str = "picture_size"
    version: str = "2"
    needs: frozenset[Need] = frozenset({"header"})

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """Pixels, a ratio, a name as Pillow has it, and true where there are several frames."""
        return {
            "picture_side": pa.int64(),
            "picture_aspect": pa.float64(),
            "picture_format": pa.string(),
            "picture_animated": pa.bool_(),
        }

    def setup(self) -> None:
        """Nothing to load."""

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return the four columns."""
        if not batch.headers:
            return {column: [] for column in self.columns}
        widths, heights, formats, animated = zip(*batch.headers, strict=True)
        width, height = np.array(widths, np.int64), np.array(heights, np.int64)
        low, high = np.minimum(width, height), np.maximum(width, height)
        return {
            "picture_side": low.tolist(),
            "picture_aspect": (high / np.maximum(low, 1)).tolist(),
            "picture_format": list(formats),
            "picture_animated": list(animated),
        }
