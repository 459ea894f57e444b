"""Shares among people rather than pictures, where an annotator labels every face: pictures are what was drawn, so
intervals count them."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

import numpy as np

from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.readings import ABSTAINED, Codes, Readings
from toolkit.audit.measuring.rows import Row, make_row
from toolkit.audit.measuring.tallies import Place, SubjectIndex, Tally, is_census
from toolkit.statistics.intervals import wilson

SHARE_OF_PEOPLE = "share_of_people"


class Seen(NamedTuple):
    """The people (or pictures) at one place: the subject of each, and its place in the values, or `ABSTAINED`."""

    subject: Codes
    value: Codes


def measure_people(evidence: Evidence) -> list[Row]:
    """Return `share_of_people` of each group among all people told, of annotators that label every face.

    `n` are people; `abstained` are people, and pictures without one, that could not be told. People of one picture may
    all be alike, so the interval is Wilson's of as many as `effective_draws` says, `n_effective`. A dataset is a
    census, without one.
    """
    if not evidence.people:
        return []
    index = SubjectIndex.of(evidence.subjects)
    rows = []
    for one in evidence.people:
        for place, seen in sorted(by_place(one, index).items()):
            rows += _rows(place, seen, one.values, index, evidence.confidence)
    return rows


def by_place(readings: Readings, index: SubjectIndex) -> dict[Place, Seen]:
    """Return what `readings` say at each place: every slice that a subject counts for, and all of them."""
    kept = index.neutral[readings.subject]
    subject, value = readings.subject[kept], readings.value[kept]
    sizes = index.starts[subject + 1] - index.starts[subject]
    row = np.repeat(np.arange(len(subject)), sizes)
    within = np.arange(len(row)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    cell = index.cell[np.repeat(index.starts[subject], sizes) + within]
    found = {}
    for code in np.unique(cell):
        here = row[cell == code]
        place = Place(*index.names[int(code)], readings.attribute, readings.annotator)
        found[place] = Seen(subject[here], value[here])
    return found


def _rows(place: Place, seen: Seen, values: tuple[str, ...], index: SubjectIndex, confidence: float) -> list[Row]:
    told = seen.value != ABSTAINED
    value = seen.value[told]
    counts = Counter({values[code]: count for code, count in Counter(value.tolist()).items()})
    tally = Tally(counts, int((~told).sum()), independent=effective_draws(index.draw[seen.subject[told]]))
    if tally.n == 0:
        why = f"the annotator abstained on all {tally.abstained} faces and pictures"
        return [make_row(place, group, SHARE_OF_PEOPLE, tally, not_measurable=why) for group in values]
    return [
        make_row(
            place,
            group,
            SHARE_OF_PEOPLE,
            tally,
            value=counts[group] / tally.n,
            **_ends(place, group, tally, confidence),
        )
        for group in values
    ]


def _ends(place: Place, group: str, tally: Tally, confidence: float) -> dict[str, Any]:
    if is_census(place.subject):
        return {}
    low, high = wilson(*tally.drawn(group), confidence)
    return {"low": low, "high": high, "confidence": confidence, "method": "wilson over pictures"}


def effective_draws(draws: Codes) -> int:
    """Return how many independent people those of the draws `draws` (n,) are worth, were people of one draw all alike:
    (sum m)^2 / sum m^2 for draws of m people (Kish 1965, "Survey Sampling"), rounded down, at least 1 if any."""
    sizes = np.unique(draws, return_counts=True)[1]
    return int(sizes.sum() ** 2 // (sizes**2).sum()) if len(sizes) else 0
