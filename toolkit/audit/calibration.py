"""How annotators label what pictures are known to show: confusion matrices by concept, with abstentions as a column.

They correct figures of pictures of the same kind alone. Error rates of clean drawings do not hold for blurred
paintings, and a pairing network may have seen the very drawings that it is tried on; so a figure is corrected only
where the auditor has said whose pictures the known ones are like. Elsewhere they are context.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.audit.measuring.readings import Readings, natural
from toolkit.audit.measuring.tallies import CAPTION_WORDS
from toolkit.audit.subjects import Subject
from toolkit.seeds import stable_hash
from toolkit.statistics.intervals import Interval, wilson

ABSTAINED = "abstained"
Counts = NDArray[np.float64]


class Confusion(NamedTuple):
    """Counts (concepts, truths, labels) of how one annotator labelled the known pictures of one `domain`.

    The last of `labels` is `abstained`; the others are all that it can read. Counts are whole but where pictures stand
    for unequally many: then each concept counts as many as it has pictures of equal weight that say as much (Kish).
    """

    annotator: str
    annotator_version: str
    attribute: str
    domain: str
    concepts: tuple[str, ...]
    truths: tuple[str, ...]
    labels: tuple[str, ...]
    counts: Counts

    @property
    def identity(self) -> str:
        """A hash of all that a corrected figure rests on, 16 hex digits: the `calibration_id` of measures."""
        counts = (f"{one:g}" for one in self.counts.ravel())
        parts = (*self[:4], *self.concepts, *self.truths, *self.labels, *counts)
        return stable_hash("calibration", *(str(part) for part in parts))[:16]

    def of_others(self, concept: str) -> Counts:
        """Return the counts of all concepts but `concept`, so that no picture corrects a figure of its own concept."""
        return self.counts[[one != concept for one in self.concepts]]


class Calibration(NamedTuple):
    """One annotator against the truth of one source, for people to read.

    `confusion` counts readings (with the column `abstained`) by true value; `n` is all pictures, `told` those it did
    not abstain on, `agreement` the share of these that it read as named - None where the values of the two differ in
    kind (five named tones against ten), or where it told none. `calibration_id` is that of measures.
    """

    annotator: str
    annotator_version: str
    attribute: str
    source: str
    n: int
    told: int
    agreement: float | None
    confusion: dict[str, dict[str, int]]
    calibration_id: str


def confusions(subjects: Sequence[Subject], readings: Sequence[Readings]) -> list[Confusion]:
    """Return the confusion of every annotator that looks at pictures, by attribute and domain, in order of names."""
    found: dict[tuple[str, str, str, str], Confusion] = {}
    for one in readings:
        if one.annotator == CAPTION_WORDS:
            continue
        known = [
            (subject, value)
            for subject, value in zip(one.subject.tolist(), one.value.tolist(), strict=True)
            if one.attribute in subjects[subject].known
        ]
        for domain in sorted({subjects[place].origin for place, _ in known}):
            own = [(subjects[place], value) for place, value in known if subjects[place].origin == domain]
            found[one.annotator, one.annotator_version, one.attribute, domain] = _confusion(one, domain, own)
    return [confusion for _, confusion in sorted(found.items())]


def _confusion(readings: Readings, domain: str, known: Sequence[tuple[Subject, int]]) -> Confusion:
    attribute, labels = readings.attribute, (*readings.values, ABSTAINED)
    concepts = sorted({subject.concept for subject, _ in known})
    truths = sorted({subject.known[attribute] for subject, _ in known}, key=natural)
    counts = np.zeros((len(concepts), len(truths), len(labels)))
    squares = np.zeros(len(concepts))
    for subject, value in known:  # a value of -1, an abstention, is the last column
        concept = concepts.index(subject.concept)
        counts[concept, truths.index(subject.known[attribute]), value] += subject.known_weight
        squares[concept] += subject.known_weight**2
    counts *= (counts.sum(axis=(1, 2)) / squares)[:, None, None]  # of equal weights w: by 1 / w
    return Confusion(
        readings.annotator,
        readings.annotator_version,
        attribute,
        domain,
        tuple(concepts),
        tuple(truths),
        labels,
        counts.round(6),
    )


def calibrate(found: Sequence[Confusion]) -> list[Calibration]:
    """Return `found`, as people read it."""
    return [_summary(one) for one in found]


def corrections(
    found: Sequence[Confusion], domains: Mapping[str, Sequence[str]]
) -> dict[tuple[str, str, str], Confusion]:
    """Return the confusion that corrects each (annotator, attribute, subject), as the auditor said in `domains`: whose
    known pictures are of the kind of a subject's. Several domains of one subject are pooled."""
    chosen: dict[tuple[str, str, str], Confusion] = {}
    for subject, names in sorted(domains.items()):
        for one in found:
            key = (one.annotator, one.attribute, subject)
            if one.domain in names:
                chosen[key] = pooled(chosen[key], one) if key in chosen else one
    return chosen


def pooled(first: Confusion, second: Confusion) -> Confusion:
    """Return the counts of both domains together."""
    truths = tuple(sorted({*first.truths, *second.truths}, key=natural))
    concepts = tuple(dict.fromkeys((*first.concepts, *second.concepts)))
    counts = np.zeros((len(concepts), len(truths), len(first.labels)))
    for one in (first, second):
        rows = [concepts.index(name) for name in one.concepts]
        counts[np.ix_(rows, [truths.index(name) for name in one.truths])] += one.counts
    return first._replace(domain=f"{first.domain}, {second.domain}", concepts=concepts, truths=truths, counts=counts)


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
    together: dict[tuple[str, str], list[Calibration]] = {}
    for one in calibrations:
        if one.agreement is not None:
            together.setdefault((one.annotator, one.attribute), []).append(one)
    found = []
    for (annotator, attribute), some in sorted(together.items()):
        told = sum(one.told for one in some)
        right = sum(row.get(truth, 0) for one in some for truth, row in one.confusion.items())
        interval = wilson(right, told, confidence)
        if interval.low < min_agreement:
            found.append(Reliability(annotator, attribute, right / told, interval, told))
    return found


def _summary(one: Confusion) -> Calibration:
    total = one.counts.sum(axis=0).round()
    n, told = int(total.sum()), int(total[:, :-1].sum())
    matrix = {
        truth: {label: int(count) for label, count in zip(one.labels, row, strict=True) if count}
        for truth, row in zip(one.truths, total, strict=True)
    }
    read = {label for row in matrix.values() for label in row} - {ABSTAINED}
    right = sum(row.get(truth, 0) for truth, row in matrix.items())
    agreement = round(right / told, 6) if told and read <= set(matrix) else None
    ordered = {truth: dict(sorted(row.items())) for truth, row in sorted(matrix.items())}
    return Calibration(*one[:4], n, told, agreement, ordered, one.identity)
