"""Shares corrected for what annotators are known to get wrong, beside the raw ones: by matrix inversion, with intervals
that hold the uncertainty of labels and of the matrix, and tests of the corrected share."""

from __future__ import annotations

from typing import Any

import numpy as np

from toolkit.audit.calibration import Confusion
from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.rows import UNIFORM, Row, make_row
from toolkit.audit.measuring.tallies import Place, Tally
from toolkit.audit.subjects import ALL
from toolkit.statistics.confusion import Corrected, correct, share_p
from toolkit.statistics.noise_floor import total_variation_floor

MATRIX = "confusion matrix"
FEWEST = 10  # pictures of known truth of a class, below which nothing is corrected by them
MISFIT = 0.001  # p below which labels are not those of pictures like the known ones


def measure_corrected(evidence: Evidence) -> list[Row]:
    """Return a corrected `share` of every true value at every place that the auditor gave known pictures for.

    `value` is the share among all pictures, those that the annotator abstained on included: how often it abstains on
    each true value is part of the matrix. `p` tests the corrected share against equal shares. Where too few pictures
    are known, or labels are not those of pictures like the known ones, `not_measurable` says so.
    """
    rows: list[Row] = []
    for place, tally in sorted(evidence.tallies.counts.items()):
        confusion = evidence.corrections.get((place.annotator, place.attribute, place.subject))
        if confusion is not None and len(confusion.truths) > 1:
            rows += _rows(place, tally, confusion, evidence)
    return rows


def corrected_at(place: Place, tally: Tally, evidence: Evidence) -> Corrected | None:
    """Return the corrected shares at `place`; None where the auditor gave no known pictures for it.

    Raises ValueError, which says why, where they cannot be had.
    """
    confusion = evidence.corrections.get((place.annotator, place.attribute, place.subject))
    if confusion is None or len(confusion.truths) < 2:
        return None
    known = confusion.counts if place.slice == ALL else confusion.of_others(place.slice)
    counts = _scaled_counts(tally, confusion)
    return _found(counts, known, confusion, evidence.confidence, evidence.concepts_of(place))


def _scaled_counts(tally: Tally, confusion: Confusion) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return how often each label was given, abstentions last, scaled to the number of independent draws."""
    scale = min(1.0, tally.n_effective / tally.n) if tally.n else 1.0
    return np.array([*(tally.values[label] for label in confusion.labels[:-1]), tally.abstained], float) * scale


def _rows(place: Place, tally: Tally, confusion: Confusion, evidence: Evidence) -> list[Row]:
    fixed: dict[str, Any] = {"correction": MATRIX, "method": "matrix inversion", "calibration_id": confusion.identity}
    try:
        found = corrected_at(place, tally, evidence)
    except ValueError as error:
        return [make_row(place, one, "share", tally, **fixed, not_measurable=str(error)) for one in confusion.truths]
    if found is None:
        return []
    equal = 1 / len(confusion.truths)
    drawn = max(1, round(_scaled_counts(tally, confusion).sum()))
    floor = total_variation_floor(drawn, 2, reference=[equal, 1 - equal])
    return [
        make_row(
            place,
            group,
            "share",
            tally,
            **fixed,
            value=share.value,
            low=share.low,
            high=share.high,
            confidence=evidence.confidence,
            reference=UNIFORM,
            floor=floor,
            p=share_p(found.draws[:, index], equal),
        )
        for index, (group, share) in enumerate(zip(confusion.truths, found.shares, strict=True))
    ]


def _found(
    counts: np.ndarray[Any, np.dtype[np.float64]],
    known: np.ndarray[Any, np.dtype[np.int64]],
    confusion: Confusion,
    confidence: float,
    concepts: int,
) -> Corrected:
    """Return the corrected shares. Raises ValueError, which says why, where they cannot be had."""
    if counts[:-1].sum() == 0:
        raise ValueError(f"the annotator abstained on all {round(counts.sum())} pictures")
    told = known.sum(axis=(0, 2))
    if (told < FEWEST).any():
        few = ", ".join(
            f"{count} that show {truth!r}"
            for truth, count in zip(confusion.truths, told, strict=True)
            if count < FEWEST
        )
        raise ValueError(
            f"too few pictures of known truth of other concepts ({few}; {FEWEST} are needed); give more: --calibration"
        )
    found = correct(counts, known, confidence, concepts=concepts)
    if found.misfit < MISFIT:
        raise ValueError(
            "the labels, abstentions among them, are not those of pictures like the known ones "
            f"(p = {found.misfit:.2g}); give known pictures of the same kind"
        )
    return found
