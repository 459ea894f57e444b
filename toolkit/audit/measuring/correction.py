"""The shares at one place corrected for what its annotator is known to get wrong; or why they cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from toolkit.audit.calibration import Confusion
from toolkit.audit.measuring.tallies import Place, Tallies, Tally
from toolkit.audit.subjects import ALL
from toolkit.seeds import stable_hash
from toolkit.statistics.confusion import Corrected, correct

FEWEST = 10  # pictures of known truth of a class, below which nothing is corrected by them
MISFIT = 0.001  # p below which labels are not those of pictures like the known ones
Counts = np.ndarray[Any, np.dtype[np.float64]]


def correct_all(
    tallies: Tallies, corrections: Mapping[tuple[str, str, str], Confusion], confidence: float
) -> dict[Place, Corrected | str]:
    """Return the corrected shares of every place that the auditor gave known pictures for, or why there are none."""
    found: dict[Place, Corrected | str] = {}
    for place, tally in tallies.counts.items():
        confusion = corrections.get((place.annotator, place.attribute, place.subject))
        if confusion is None or len(confusion.truths) < 2:
            continue
        known = known_of_others(place, confusion)
        try:
            found[place] = _correct(place, tally, known, confusion, confidence, concepts_at(place, tallies))
        except ValueError as error:
            found[place] = str(error)
    return found


def scaled_counts(tally: Tally, confusion: Confusion) -> Counts:
    """Return how often each label was given, abstentions last, scaled to the number of independent draws."""
    scale = min(1.0, tally.n_effective / tally.n) if tally.n else 1.0
    return np.array([*(tally.values[label] for label in confusion.labels[:-1]), tally.abstained], float) * scale


def known_of_others(place: Place, confusion: Confusion) -> Counts:
    """Return the counts of `confusion` without those of the concept at `place`."""
    return confusion.counts if place.slice == ALL else confusion.of_others(place.slice)


def concepts_at(place: Place, tallies: Tallies) -> int:
    """Return how many concepts the pictures at `place` are of: one in a slice, all slices together in all."""
    if place.slice != ALL:
        return 1
    same = place._replace(slice="")
    return max(1, sum(one._replace(slice="") == same for one in tallies.counts) - 1)


def _correct(
    place: Place,
    tally: Tally,
    known: Counts,
    confusion: Confusion,
    confidence: float,
    concepts: int,
) -> Corrected:
    """Return the corrected shares. Raises ValueError, which says why, where they cannot be had."""
    if tally.n == 0:
        raise ValueError(f"the annotator abstained on all {tally.abstained} pictures")
    told = known.sum(axis=(0, 2))
    if (told < FEWEST).any():
        every = zip(confusion.truths, told, strict=True)
        few = ", ".join(f"{count:g} that show {truth!r}" for truth, count in every if count < FEWEST)
        raise ValueError(
            f"too few pictures of known truth of other concepts ({few}; {FEWEST} are needed); give more: --calibration"
        )
    labels_seed = int(stable_hash(*place)[:8], 16)
    found = correct(scaled_counts(tally, confusion), known, confidence, concepts=concepts, labels_seed=labels_seed)
    if found.misfit < MISFIT:
        raise ValueError(
            "the labels, abstentions among them, are not those of pictures like the known ones "
            f"(p = {found.misfit:.2g}); give known pictures of the same kind"
        )
    return found
