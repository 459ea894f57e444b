"""What removing near-duplicates by a perceptual hash alone would have taken from the data."""

from __future__ import annotations

from typing import NamedTuple

from toolkit.report.manifest import lineage
from toolkit.store import RunFolder


class Erased(NamedTuple):
    """Rows a naive perceptual rule loses, those of them that are variants of people, and pairs it takes for one."""

    rows_lost: int
    variants_lost: int
    examples: tuple[tuple[str, str], ...]


def erased(run: RunFolder) -> Erased | None:
    """Return what the curate stage of `run` or of its inputs counted as `naive_perceptual`; None where none did."""
    for entry in (entry for one in lineage(run) for entry in one.stages.values()):
        counted = entry.get("counts", {}).get("naive_perceptual")
        if isinstance(counted, dict) and "rows_lost" in counted:
            pairs = [one for one in counted.get("examples", []) if isinstance(one, list) and len(one) == 2]
            examples = tuple((str(first), str(second)) for first, second in pairs)
            return Erased(int(counted["rows_lost"]), int(counted.get("variants_lost_by_gender_or_tone", 0)), examples)
    return None
