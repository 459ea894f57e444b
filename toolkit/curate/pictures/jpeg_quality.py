"""How hard a JPEG was compressed, from the tables in its bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from toolkit.codecs.jpeg import quantisation_table
from toolkit.curate.scorer import Batch, Need

# ITU-T T.81, table K.1, in the zigzag order of files.
_K1 = (
    "16 11 12 14 12 10 16 14 13 14 18 17 16 19 24 40 26 24 22 22 24 49 35 37 29 40 58 51 61 60 57 51 "
    "56 55 64 72 92 78 64 68 87 69 55 56 80 109 81 87 95 98 103 104 103 62 77 113 121 112 100 120 92 101 103 99"
)


def estimated_quality(table: Sequence[int]) -> int:
    """Return the quality (1 to 100) at which libjpeg writes the luminance `table` (64 steps, in zigzag order).

    libjpeg scales table K.1 of the standard: by 50 / quality below 50, by 2 - quality / 50 from there on
    (jcparam.c). For tables of other programs: the quality whose table is nearest, by the sum of differences.
    """
    quality = np.arange(1, 101)
    percent = np.where(quality < 50, 5000 // quality, 200 - 2 * quality)
    standard = np.array(_K1.split(), dtype=np.int64)
    tables = np.clip((standard * percent[:, None] + 50) // 100, 1, 255)
    return int(quality[np.abs(tables - np.asarray(table)).sum(axis=1).argmin()])


@dataclass(frozen=True)
class PictureJpegQuality:
    """The quality (1 to 100) that a JPEG was saved with, as libjpeg counts it; None for other formats."""

    name: str = "picture_jpeg_quality"
    version: str = "1"
    needs: frozenset[Need] = frozenset({"bytes"})

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """A number from 1 to 100."""
        return {"picture_jpeg_quality": pa.int64()}

    def setup(self) -> None:
        """Nothing to load."""

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return the column."""
        tables = [quantisation_table(one) for one in batch.files]
        known = {table: estimated_quality(table) for table in set(tables) if table is not None}
        return {"picture_jpeg_quality": [None if table is None else known[table] for table in tables]}
