"""The rule on pictures that look the same, for rows that bring what they look like with them, as tests make them."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from toolkit.curate.duplicates.fingerprint_file import fingerprint_file
from toolkit.curate.duplicates.perceptual import PerceptualDuplicates
from toolkit.curate.rule import Taken


@dataclass(frozen=True)
class OwnFingerprints(PerceptualDuplicates):
    """Judges rows with all columns of fingerprints."""

    def judge(self, rows: pa.Table) -> Taken:
        """Return the copies that go."""
        with fingerprint_file(Path(tempfile.gettempdir())) as prints:
            prints.add(rows)
            return PerceptualDuplicates.judge(replace(self, fingerprints=prints), rows)
