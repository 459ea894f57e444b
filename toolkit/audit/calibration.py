"""How well annotators agree with what pictures are known to show: the emoji's own names.

It is context, not a correction. Error rates on clean drawings do not hold for pictures of another kind, and the
pairing network may have seen these very pictures; so every figure stays marked as uncorrected.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from toolkit.audit.recipe import GENDER, SKIN_TONE
from toolkit.audit.subjects import Subject
from toolkit.audit.tallies import CAPTION_WORDS
from toolkit.statistics.intervals import Interval, wilson

ABSTAINED = "abstained"
NO_TONE = "no tone named"


class Calibration(NamedTuple):
    """One annotator against the truth of one source.

    `confusion` counts readings (with the column `abstained`) by true value; `n` is all pictures, `told` those it did
    not abstain on, `agreement` the share of these that it read as named - None where the values of the two differ in
    kind (five named tones against ten), or where it told none.
    """

    annotator: str
    annotator_version: str
    attribute: str
    source: str
    n: int
    told: int
    agreement: float | None
    confusion: dict[str, dict[str, int]]


def calibrate(subjects: Sequence[Subject], labels: Sequence[dict[str, Any]]) -> list[Calibration]:
    """Return the agreement of every annotator that looks at pictures, by source, in the order of their names."""
    known = {one.subject_id: one for one in subjects if one.calibrates}
    found: dict[tuple[str, str, str, str], dict[str, Counter[str]]] = {}
    for row in labels:
        subject = known.get(row["subject_id"]) if row["subject_kind"] == "pair" else None
        truth = _truth(subject, row["attribute"]) if subject is not None else None
        if subject is None or truth is None or row["annotator"] == CAPTION_WORDS:
            continue
        key = (row["annotator"], row["annotator_version"], row["attribute"], subject.origin)
        confusion = found.setdefault(key, {})
        confusion.setdefault(truth, Counter())[ABSTAINED if row["abstained"] else row["value"]] += 1
    return [_summary(key, confusion) for key, confusion in sorted(found.items())]


class Reliability(NamedTuple):
    """How often an annotator read what was named, over all sources: `agreement` of `told`, with its interval."""

    annotator: str
    attribute: str
    agreement: float
    interval: Interval
    told: int


def unreliable(calibrations: Sequence[Calibration], min_agreement: float, confidence: float) -> list[Reliability]:
    """Return the annotators that are not shown to agree with known truth at least `min_agreement` of the time.

    Sources are pooled; one is listed where the lower end of the Wilson interval stays below. An annotator that was
    never compared, or told nothing, is not listed: nothing is known of it.
    """
    pooled: dict[tuple[str, str], list[Calibration]] = {}
    for one in calibrations:
        if one.agreement is not None:
            pooled.setdefault((one.annotator, one.attribute), []).append(one)
    found = []
    for (annotator, attribute), some in sorted(pooled.items()):
        told = sum(one.told for one in some)
        right = sum(row.get(truth, 0) for one in some for truth, row in one.confusion.items())
        interval = wilson(right, told, confidence)
        if interval.low < min_agreement:
            found.append(Reliability(annotator, attribute, right / told, interval, told))
    return found


def _truth(subject: Subject, attribute: str) -> str | None:
    if attribute == GENDER:
        return subject.gender
    return (subject.skin_tone or NO_TONE) if attribute == SKIN_TONE else None


def _summary(key: tuple[str, str, str, str], confusion: dict[str, Counter[str]]) -> Calibration:
    n = sum(sum(row.values()) for row in confusion.values())
    told = n - sum(row[ABSTAINED] for row in confusion.values())
    read = {value for row in confusion.values() for value in row} - {ABSTAINED}
    right = sum(row[truth] for truth, row in confusion.items())
    agreement = round(right / told, 6) if told and read <= set(confusion) else None
    ordered = {truth: dict(sorted(row.items())) for truth, row in sorted(confusion.items())}
    return Calibration(*key, n, told, agreement, ordered)
