"""Hashes of how a picture looks, of itself and of its mirror image, to find it in lists of known pictures.

PDQ: 256 bits from the signs of a DCT of the luminance (Facebook, "The TMK+PDQF Video-Hashing Algorithm and the PDQ
Image-Hashing Algorithm", 2019). Here it is made of at most 256 px, which moves it by up to 20 bits from that of a
photograph at full size.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit.curate.duplicates.frequencies import frequencies, mirrored, perceptual_hashes
from toolkit.curate.scorer import Batch, Need
from toolkit.errors import ModelError

PDQ_QUALITY = 50  # of 100; below it the hash says little, and the algorithm's authors advise not to match it


@dataclass(frozen=True)
class MirroredHash:
    """The perceptual hash of the mirror image; `fingerprints` has that of the picture."""

    name: str = "safety_mirrored_hash"
    version: str = "2"
    needs: frozenset[Need] = frozenset({"thumbnail"})

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """64 bits."""
        return {"mirrored_hash": pa.uint64()}

    def setup(self) -> None:
        """Nothing to load."""

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return the column."""
        return {"mirrored_hash": perceptual_hashes(mirrored(frequencies(batch.greys))).tolist()}


@dataclass
class PdqHash:
    """The PDQ hash of a picture and of its mirror image; absent where its quality is below `PDQ_QUALITY`."""

    name: str = "safety_pdq"
    version: str = "1"
    needs: frozenset[Need] = frozenset({"pixels"})
    _compute: Callable[[NDArray[np.uint8]], Any] | None = field(default=None, repr=False)

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """32 bytes each."""
        return {"pdq": pa.binary(32), "pdq_mirrored": pa.binary(32)}

    def setup(self) -> None:
        """Load the library. Raises ModelError where it is not installed."""
        try:
            from pdqhash import compute
        except ImportError as error:
            raise ModelError(
                f"a list in safety holds PDQ hashes, which need the package pdqhash ({error}); "
                "run: pip install 'tain[pdq]'"
            ) from error
        self._compute = compute

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return both columns."""
        return {
            "pdq": [self._hash(one) for one in batch.pixels],
            "pdq_mirrored": [self._hash(one[:, ::-1]) for one in batch.pixels],
        }

    def _hash(self, pixels: NDArray[np.uint8]) -> bytes | None:
        if self._compute is None:
            self.setup()
        assert self._compute is not None
        bits, quality = self._compute(np.ascontiguousarray(pixels))
        return np.packbits(bits.astype(bool)).tobytes() if quality >= PDQ_QUALITY else None
