"""Shares by annotators and people together, and whether people agree: from pictures drawn at random for review."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.people import Seen, by_place
from toolkit.audit.measuring.readings import ABSTAINED, REVIEW, Readings, natural
from toolkit.audit.measuring.rows import UNIFORM, Row, make_row
from toolkit.audit.measuring.tallies import Place, SubjectIndex, Tally, is_census
from toolkit.audit.reviews import Verdict
from toolkit.audit.subjects import ALL
from toolkit.seeds import stable_hash
from toolkit.statistics.noise_floor import total_variation_floor
from toolkit.statistics.prediction_powered import reviewed_share
from toolkit.statistics.raters import alpha_interval

PREDICTION_POWERED = "prediction-powered"
AGREEMENT = "reviewer_agreement"
FEWEST = 10  # reviewed pictures at a place, below which nothing is told by them
ONE_REVIEWER = "no picture that was drawn at random was reviewed by two people"


def measure_reviewed(evidence: Evidence) -> list[Row]:
    """Return what reviews of pictures drawn at random add.

    - `share`, corrected as "prediction-powered", of each value at every place of a model where people reviewed: among
      the pictures in which reviewers would tell one (see `toolkit.statistics.prediction_powered`), with interval and
      `p` against equal shares. Fewer than 10 reviewed pictures of a place say nothing of it.
    - `reviewer_agreement` of each subject and attribute: Krippendorff's alpha, "can't tell" a value of its own; `n` is
      pictures that two or more people reviewed, which the interval redraws.
    """
    if not evidence.verdicts:
        return []
    index = SubjectIndex.of(evidence.subjects)
    attributes = {attribute for _, attribute in evidence.verdicts}
    rows = _agreement(evidence)
    for one in evidence.readings:
        if one.attribute in attributes:
            for place, seen in sorted(by_place(one, index).items()):
                if not is_census(place.subject):
                    rows += _shares(place, seen, one, index, evidence)
    return rows


def identity(verdicts: Mapping[int, Verdict]) -> str:
    """Return a hash of all reviews that a figure rests on, 16 hex digits: its `calibration_id`."""
    parts = (f"{place}/{one.value}/{one.probability:g}" for place, one in sorted(verdicts.items()))
    return stable_hash("reviews", *parts)[:16]


def _shares(place: Place, seen: Seen, readings: Readings, index: SubjectIndex, evidence: Evidence) -> list[Row]:
    subjects = seen.subject.tolist()
    verdicts = {
        one: evidence.verdicts[one, place.attribute] for one in subjects if (one, place.attribute) in evidence.verdicts
    }
    told = {one.value for one in verdicts.values()} - {None}
    values = sorted({*readings.values, *(one for one in told if one)}, key=natural)
    tally = evidence.tallies.counts.get(place, Tally())
    fixed: dict[str, Any] = {"correction": PREDICTION_POWERED, "calibration_id": identity(verdicts)}
    if len(verdicts) < FEWEST:
        why = f"{len(verdicts)} pictures drawn at random were reviewed; {FEWEST} are needed"
        return [make_row(place, group, "share", tally, **fixed, not_measurable=why) for group in values]
    equal = 1 / max(2, len(values))
    probability = np.array([verdicts[one].probability if one in verdicts else 0.0 for one in subjects])
    fixed |= {
        "method": f"prediction-powered, {len(verdicts)} reviewed",
        "reference": UNIFORM,
        "floor": total_variation_floor(max(1, tally.n_effective), 2, reference=[equal, 1 - equal]),
    }
    rows = []
    for group in values:
        read, reviewed = _read(seen, readings, group), _reviewed(subjects, verdicts, group)
        try:
            found = reviewed_share(read, reviewed, probability, index.draw[seen.subject], equal, evidence.confidence)
        except ValueError as error:
            rows.append(make_row(place, group, "share", tally, **fixed, not_measurable=str(error)))
            continue
        figures = found.share._asdict() | {"confidence": evidence.confidence, "p": found.p}
        rows.append(make_row(place, group, "share", tally, **fixed, **figures))
    return rows


def _read(seen: Seen, readings: Readings, group: str) -> NDArray[np.float64]:
    code = readings.values.index(group) if group in readings.values else len(readings.values)
    return np.stack([seen.value == code, seen.value != ABSTAINED], axis=1).astype(np.float64)


def _reviewed(subjects: list[int], verdicts: Mapping[int, Verdict], group: str) -> NDArray[np.float64]:
    said = [verdicts[one].value if one in verdicts else None for one in subjects]
    return np.array([[value == group, value is not None] for value in said], np.float64)


def _agreement(evidence: Evidence) -> list[Row]:
    ratings: dict[tuple[str, str], list[tuple[str, ...]]] = {}
    for (subject, attribute), verdict in evidence.verdicts.items():
        ratings.setdefault((evidence.subjects[subject].origin, attribute), []).append(verdict.ratings)
    rows = []
    for (origin, attribute), given in sorted(ratings.items()):
        place, some = Place(origin, ALL, attribute, REVIEW), [one for one in given if len(one) > 1]
        figures: Row = {"n": len(some), "n_effective": float(len(some)), "abstained": 0, "method": None}
        if len(some) < 2:
            rows.append(make_row(place, ALL, AGREEMENT, Tally(), **figures, not_measurable=ONE_REVIEWER))
            continue
        value, low, high = alpha_interval(some, evidence.confidence)
        figures |= {"value": value, "low": low, "high": high, "confidence": evidence.confidence}
        rows.append(make_row(place, ALL, AGREEMENT, Tally(), **figures | {"method": "bootstrap of pictures"}))
    return rows
