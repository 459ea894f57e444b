"""Labels counted: how often each value was read, for every subject, slice, attribute and annotator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from toolkit.audit.skin_tone_annotator import OUTSIDE
from toolkit.audit.subjects import ALL, DATA, Subject

CAPTION_WORDS = "caption-words"


class Place(NamedTuple):
    """Where labels are counted."""

    subject: str
    slice: str
    attribute: str
    annotator: str


@dataclass
class Tally:
    """Counts at one place: by value, of abstentions, of colours outside human skin among them, and of distinct noise.

    `n` is the labels that did not abstain, `seen` all of them. `n_effective` is below `n` where pictures of several
    variants were painted from the same noise: only distinct seeds are independent.
    """

    values: Counter[str] = field(default_factory=Counter)
    abstained: int = 0
    outside: int = 0
    seeds: set[int] = field(default_factory=set)
    unseeded: int = 0

    @property
    def n(self) -> int:
        return sum(self.values.values())

    @property
    def seen(self) -> int:
        return self.n + self.abstained

    @property
    def n_effective(self) -> int:
        return len(self.seeds) + self.unseeded


class Tallies(NamedTuple):
    """The counts by place, and every value that an annotator can give for an attribute, in natural order."""

    counts: dict[Place, Tally]
    values: dict[tuple[str, str], tuple[str, ...]]


def count_labels(subjects: Sequence[Subject], labels: Sequence[dict[str, Any]]) -> Tallies:
    """Return the counts of `labels`, rows of the labels table, over the slices of `subjects` and over all of them.

    Dataset pictures count where their caption is neutral, for that is the question: whom does a picture show when
    nobody said whom. The annotator of captions counts them all.
    """
    by_key = {(one.kind, one.subject_id): one for one in subjects}
    counts: dict[Place, Tally] = {}
    values: dict[tuple[str, str], set[str]] = {}
    for row in labels:
        known = values.setdefault((row["annotator"], row["attribute"]), set())
        probabilities = dict(row["probabilities"] or [])
        known.update(probabilities.keys() - {OUTSIDE})
        known.update({row["value"]} - {None})
        subject = by_key.get((row["subject_kind"], row["subject_id"]))
        if subject is None or not subject.slices or not _counts(subject, row["annotator"]):
            continue
        for name in (*subject.slices, ALL):
            place = Place(subject.origin, name, row["attribute"], row["annotator"])
            _add(counts.setdefault(place, Tally()), row, probabilities, subject)
    return Tallies(counts, {key: tuple(sorted(some, key=_natural)) for key, some in values.items()})


def _counts(subject: Subject, annotator: str) -> bool:
    return subject.kind == "sample" or subject.neutral or annotator == CAPTION_WORDS


def _add(tally: Tally, row: dict[str, Any], probabilities: dict[str, float], subject: Subject) -> None:
    if row["abstained"]:
        tally.abstained += 1
        tally.outside += bool(probabilities) and max(probabilities, key=probabilities.__getitem__) == OUTSIDE
        return
    tally.values[row["value"]] += 1
    if subject.seed is None:
        tally.unseeded += 1
    else:
        tally.seeds.add(subject.seed)


def _natural(value: str) -> tuple[str, int]:
    """Order `monk-2` before `monk-10`."""
    stem, _, number = value.rpartition("-")
    return (stem, int(number)) if number.isdigit() else (value, 0)


def is_census(subject: str) -> bool:
    """Return whether `subject` is a dataset, whose pictures are all there is, rather than draws from a model."""
    return subject.startswith(DATA)
