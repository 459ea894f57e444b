"""What a perceptual hash alone would have erased: the usual rule, counted on every run and never applied."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit.curate.clusters import clusters, keepers
from toolkit.curate.duplicates_perceptual import candidates

COLUMNS = ("perceptual_hash", "gender_named", "skin_tone_named", "width", "height", "source")
DISTANCE = 10  # the default of imagededup, and what most scripts use
EXAMPLES = 12


def count_naive(rows: pa.Table) -> dict[str, object]:
    """Return what "hashes within 10 bits, union-find, keep one" would lose of `rows` (sample_id and `COLUMNS`).

    rows_lost: all rows but one a cluster. variants_lost_by_gender_or_tone: those of them whose caption names a gender
    or skin tone that the caption of the row kept in their place does not. examples: [lost, kept] sample_ids of
    such variants, those of one source first and no row twice.
    """
    pairs = candidates(rows["perceptual_hash"].to_pylist(), DISTANCE)
    labels = clusters(rows.num_rows, ((i, j) for a, b in pairs for i, j in zip(a.tolist(), b.tolist(), strict=True)))
    pixels = [w * h for w, h in zip(rows["width"].to_pylist(), rows["height"].to_pylist(), strict=True)]
    sample_ids = rows["sample_id"].to_pylist()
    stays = keepers(labels, pixels, sample_ids)
    lost = np.flatnonzero(stays != np.arange(rows.num_rows))
    gender, tone = rows["gender_named"].to_pylist(), rows["skin_tone_named"].to_pylist()
    named = list(zip(gender, tone, strict=True))
    variants = [row for row in lost.tolist() if any(named[row]) and named[row] != named[stays[row]]]
    return {
        "rows_lost": len(lost),
        "variants_lost_by_gender_or_tone": len(variants),
        "examples": _examples(variants, stays, rows["source"].to_pylist(), sample_ids),
    }


def _examples(
    variants: list[int], stays: NDArray[np.int64], sources: Sequence[str], sample_ids: Sequence[str]
) -> list[list[str]]:
    """Return up to 12 [lost, kept] pairs, the kept row of each a different one where there are enough clusters."""
    ranked = sorted(variants, key=lambda row: (sources[row] != sources[stays[row]], sample_ids[row]))
    first: dict[int, int] = {}
    for row in ranked:
        first.setdefault(int(stays[row]), row)
    chosen = list(first.values())
    chosen += [row for row in ranked if row not in set(chosen)]
    return [[sample_ids[row], sample_ids[int(stays[row])]] for row in chosen[:EXAMPLES]]
