"""What reviews say so far: shares that they correct, how each annotator reads what people see, whether people agree.

The very functions of an audit, on the same rows: who audits with these reviews reads the same figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from toolkit import schema
from toolkit.audit.calibration import ABSTAINED, Calibration, Confusion, calibrate, confusions
from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.readings import Readings
from toolkit.audit.measuring.reviewed import AGREEMENT, measure_reviewed
from toolkit.audit.measuring.shares import measure_shares
from toolkit.audit.reviews import Verdict, label_rows, verdicts
from toolkit.audit.subjects import ALL, Subject
from toolkit.statistics.corrections import Estimate
from toolkit.statistics.intervals import wilson

REVIEWED = " (reviewed)"
SHARE = "share"


class Agreed(NamedTuple):
    """An annotator against people: its `calibration` on pictures drawn at random, and with Wilson intervals how often
    it read what they see, where it told: over all (`agreement`; None as that of the calibration is), and of the
    pictures in which they see each value (`by_value`)."""

    calibration: Calibration
    agreement: Estimate | None
    by_value: dict[str, Estimate]


class Standing(NamedTuple):
    """What reviews say so far, over all concepts: rows of the measures table of shares as `read`, of the `shares` that
    reviews correct, and of the `agreement` of reviewers; and each annotator against people."""

    read: list[dict[str, Any]]
    shares: list[dict[str, Any]]
    agreement: list[dict[str, Any]]
    annotators: list[Agreed]


def evidence_of(subjects: Sequence[Subject], readings: Sequence[Readings]) -> Evidence:
    """Return what `standing` rests on whatever the reviews: over all concepts together, no slice apart."""
    return Evidence.of([replace(one, slices=(ALL,)) for one in subjects], readings)


def standing(evidence: Evidence, reviews: Sequence[Mapping[str, Any]]) -> Standing:
    """Return what `reviews`, as `read_reviews` or `logged_reviews` gives them, say of the pictures of `evidence`.

    Those of other pictures, and those that were not drawn at random, say nothing. Of several of one reviewer, picture,
    attribute and queue the last counts, as they come.
    """
    known = {(one.kind, one.subject_id) for one in evidence.subjects}
    last = {
        tuple(row[one] for one in ("subject_kind", "subject_id", "attribute", "queue", "reviewer")): dict(row)
        for row in reviews
        if (row["subject_kind"], row["subject_id"]) in known
    }
    labels = schema.from_rows("labels", label_rows(list(last.values()), evidence.subjects))
    said = verdicts(labels, evidence.subjects)
    read = _whole_rows([row for row in measure_shares(evidence) if row["measure"] == SHARE])
    rows = _whole_rows(measure_reviewed(evidence._replace(verdicts=said)))
    found = calibrate(reviewed_confusions(evidence.subjects, evidence.readings, said))
    return Standing(
        read,
        [row for row in rows if row["measure"] != AGREEMENT],
        [row for row in rows if row["measure"] == AGREEMENT],
        [_agreed(one, evidence.confidence) for one in found],
    )


def _whole_rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows of the measures table with all of its columns."""
    whole: list[dict[str, Any]] = schema.from_rows("measures", rows).to_pylist()
    return whole


def _agreed(one: Calibration, confidence: float) -> Agreed:
    right = {truth: row.get(truth, 0) for truth, row in one.confusion.items()}
    told = {truth: sum(row.values()) - row.get(ABSTAINED, 0) for truth, row in one.confusion.items()}
    overall = None if one.agreement is None else _rate(sum(right.values()), one.told, confidence)
    return Agreed(one, overall, {truth: _rate(right[truth], n, confidence) for truth, n in told.items() if n})


def _rate(right: int, told: int, confidence: float) -> Estimate:
    return Estimate(right / told, *wilson(right, told, confidence))


def reviewed_confusions(
    subjects: Sequence[Subject], readings: Sequence[Readings], said: Mapping[tuple[int, str], Verdict]
) -> list[Confusion]:
    """Return the confusion of every annotator against reviewers, on pictures that were drawn at random; each counts for
    as many as it was drawn from. Their domains end in `REVIEWED`."""
    found = []
    for attribute in sorted({one for _, one in said}):
        chosen = [
            replace(
                one,
                origin=one.origin + REVIEWED,
                known={attribute: verdict.value},
                known_weight=1 / verdict.probability,
            )
            if (verdict := said.get((place, attribute))) and verdict.value
            else replace(one, known={})
            if one.known
            else one
            for place, one in enumerate(subjects)
        ]
        found += confusions(chosen, [one for one in readings if one.attribute == attribute])
    return found
