"""Shares corrected for what annotators are known to get wrong, beside the raw ones: by matrix inversion, with intervals
that hold the uncertainty of labels and of the matrix, and tests of the corrected share."""

from __future__ import annotations

from typing import Any

from toolkit.audit.calibration import Confusion
from toolkit.audit.measuring.correction import scaled_counts
from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.rows import UNIFORM, Row, make_row
from toolkit.audit.measuring.tallies import Place
from toolkit.statistics.confusion import Corrected, share_p
from toolkit.statistics.noise_floor import total_variation_floor

MATRIX = "confusion matrix"


def measure_corrected(evidence: Evidence) -> list[Row]:
    """Return a corrected `share` of every true value at every place that the auditor gave known pictures for.

    `value` is the share among all pictures, those that the annotator abstained on included: how often it abstains on
    each true value is part of the matrix. `p` tests the corrected share against equal shares. Where too few pictures
    are known, or labels are not those of pictures like the known ones, `not_measurable` says so.
    """
    return [row for place, found in sorted(evidence.corrected.items()) for row in _rows(place, found, evidence)]


def _rows(place: Place, found: Corrected | str, evidence: Evidence) -> list[Row]:
    confusion, tally = evidence.confusion_at(place), evidence.tallies.counts[place]
    fixed = correction_of(confusion) | {"method": "matrix inversion"}
    if isinstance(found, str):
        return [make_row(place, one, "share", tally, **fixed, not_measurable=found) for one in confusion.truths]
    equal = 1 / len(confusion.truths)
    drawn = max(1, round(scaled_counts(tally, confusion).sum()))
    fixed |= {"floor": total_variation_floor(drawn, 2, reference=[equal, 1 - equal]), "reference": UNIFORM}
    return [
        make_row(
            place,
            group,
            "share",
            tally,
            **fixed,
            **share._asdict(),
            confidence=evidence.confidence,
            p=share_p(found.draws[:, index], equal),
        )
        for index, (group, share) in enumerate(zip(confusion.truths, found.shares, strict=True))
    ]


def correction_of(confusion: Confusion) -> dict[str, Any]:
    """Return what a corrected row says of its correction."""
    return {"correction": MATRIX, "calibration_id": confusion.identity}
