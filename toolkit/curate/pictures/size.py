"""Size, shape and kind of a picture, from its header alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
        sides = [(min(one.width, one.height), max(one.width, one.height)) for one in batch.headers]
        return {
            "picture_side": [low for low, _ in sides],
            "picture_aspect": [high / max(low, 1) for low, high in sides],
            "picture_format": [one.format for one in batch.headers],
            "picture_animated": [one.animated for one in batch.headers],
        }
