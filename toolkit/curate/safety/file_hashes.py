"""Cryptographic hashes of a picture's file, as lists of known pictures give them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from toolkit.curate.scorer import Batch, Need

_SIZES = {"md5": 16, "sha256": 32}


@dataclass(frozen=True)
class FileHashes:
    """The hashes of `kinds` (md5, sha256) of the file as it is."""

    kinds: tuple[str, ...]
    name: str = "safety_file_hashes"
    version: str = "1"
    needs: frozenset[Need] = frozenset({"bytes"})

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """16 or 32 bytes each."""
        return {kind: pa.binary(_SIZES[kind]) for kind in self.kinds}

    def setup(self) -> None:
        """Nothing to load."""

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return a column for each kind."""
        return {
            kind: [hashlib.new(kind, file, usedforsecurity=False).digest() for file in batch.files]
            for kind in self.kinds
        }
