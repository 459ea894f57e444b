"""Fingerprints of a run that is explored: read from its scores for the rows that are compared, and only for these."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit.curate.duplicates.fingerprint_file import FINGERPRINT, LOOKS, FingerprintFile, Rows
from toolkit.store import RunFolder


class FingerprintsOfRun(FingerprintFile):
    """Those of `scored`, added to `file` when they are first asked for."""

    def __init__(self, file: IO[bytes], scored: RunFolder) -> None:
        super().__init__(file)
        self._scored = scored
        self._known = np.zeros(0, np.uint64)

    def places(self, fingerprints: NDArray[np.uint64]) -> Rows:
        """Return the place in the file of each of `fingerprints` (n,), all of which the run has, int64 (n,)."""
        missing = np.setdiff1d(fingerprints, self._known)
        if len(missing):
            wanted = pa.array(missing)
            for rows in self._scored.scan("scores", [FINGERPRINT, *LOOKS]):
                self.add(rows.filter(pc.is_in(rows[FINGERPRINT], value_set=wanted)))
            self._known = np.union1d(self._known, missing)
        return super().places(fingerprints)


@contextmanager
def fingerprints_of_run(scored: RunFolder) -> Iterator[FingerprintsOfRun]:
    """Yield the fingerprints of `scored`, in a nameless file in the folder of temporary files."""
    with tempfile.TemporaryFile(dir=Path(tempfile.gettempdir())) as file:
        yield FingerprintsOfRun(file, scored)
