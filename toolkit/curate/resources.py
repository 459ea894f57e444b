"""What global rules read beside the rows at hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from toolkit.curate.duplicates.banded_join import PartByPart
from toolkit.curate.duplicates.fingerprint_file import FingerprintFile
from toolkit.curate.duplicates.other_rows import OtherRun
from toolkit.store import RunFolder

Embeddings = Callable[[Sequence[str]], NDArray[np.float32]]


@dataclass(frozen=True)
class Resources:
    """`embeddings` maps content_ids to unit vectors, float32 (n, dimension), NaN where there is none; None without a
    pairing model. `fingerprints` holds those of all rows, and `scored` is the run whose scores are decided on; None
    while rows are scored. `evaluation` holds the scores of an evaluation set; None where the recipe names none. `cache`
    is the folder where embeddings are kept; None for a plan that is only looked at. `scratch` is where large things may
    lie while rules decide; None: in the run. `large`: how searches of many hashes are done; None: as those of few."""

    embeddings: Embeddings | None = None
    fingerprints: FingerprintFile | None = None
    scored: RunFolder | None = None
    evaluation: OtherRun | None = None
    cache: Path | None = None
    scratch: Path | None = None
    large: PartByPart | None = None

    @property
    def folder(self) -> Path | None:
        """Where large things may lie while rules decide: `scratch`, else a folder of the run; None while there is no
        run."""
        if self.scratch is not None:
            return self.scratch
        return None if self.scored is None else self.scored.path / "cache"
