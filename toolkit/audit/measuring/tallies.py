"""Labels counted: how often each value was read, for every subject, slice, attribute and annotator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from toolkit.audit.measuring.readings import ABSTAINED, Codes, Readings
from toolkit.audit.subjects import ALL, DATA, DROPPED, Subject

CAPTION_WORDS = "caption-words"


class Place(NamedTuple):
    """Where labels are counted."""

    subject: str
    slice: str
    attribute: str
    annotator: str


@dataclass
class Tally:
    """Counts at one place: by value, of abstentions, of colours outside human skin among them, and of distinct draws.

    `n` is the labels that did not abstain, `seen` all of them. `independent` counts distinct draws among those:
    pictures of several variants painted from the same noise are one, and so are the people of one picture.
    """

    values: Counter[str] = field(default_factory=Counter)
    abstained: int = 0
    outside: int = 0
    independent: int = 0

    @property
    def n(self) -> int:
        return sum(self.values.values())

    @property
    def seen(self) -> int:
        return self.n + self.abstained

    @property
    def n_effective(self) -> int:
        return self.independent

    def drawn(self, value: str) -> tuple[int, int]:
        """Return how often `value` was read, of how many, both scaled to the number of independent draws."""
        k, n = self.values[value], self.n
        return (k, n) if self.independent >= n else (round(k * self.independent / n), self.independent)


class Tallies(NamedTuple):
    """The counts by place, and every value that an annotator can give for an attribute, in natural order."""

    counts: dict[Place, Tally]
    values: dict[tuple[str, str], tuple[str, ...]]


def count_labels(subjects: Sequence[Subject], readings: Sequence[Readings]) -> Tallies:
    """Return the counts of `readings` over the slices of `subjects` and over all of them.

    Dataset pictures count where their caption is neutral, for that is the question: whom does a picture show when
    nobody said whom. The annotator of captions counts them all. Pictures of no slice, and those that curation dropped,
    count nowhere.
    """
    index = SubjectIndex.of(subjects)
    counts: dict[Place, Tally] = {}
    for one in readings:
        counts.update(_count(one, index))
    return Tallies(counts, {(one.annotator, one.attribute): one.values for one in readings})


class SubjectIndex(NamedTuple):
    """Subjects as columns.

    `cells` are the pairs of origin and slice that a subject counts for, also (origin, ALL), by `names`; subject i has
    those at `starts[i]` to `starts[i + 1]` of `cell`. `draw` is equal for subjects painted from the same noise.
    """

    names: list[tuple[str, str]]
    starts: Codes
    cell: Codes
    draw: Codes
    neutral: np.ndarray[tuple[int], np.dtype[np.bool_]]

    @classmethod
    def of(cls, subjects: Sequence[Subject]) -> SubjectIndex:
        codes: dict[tuple[str, str], int] = {}
        draws: dict[object, int] = {}
        cell: list[int] = []
        starts = [0]
        draw = np.empty(len(subjects), np.int64)
        for place, one in enumerate(subjects):
            names = (*one.slices, ALL) if one.slices and one.kind != DROPPED else ()
            cell += [codes.setdefault((one.origin, name), len(codes)) for name in dict.fromkeys(names)]
            starts.append(len(cell))
            draw[place] = draws.setdefault(one.seed if one.seed is not None else ("", place), len(draws))
        neutral = np.fromiter((one.kind == "sample" or one.neutral for one in subjects), np.bool_, len(subjects))
        return cls(list(codes), np.array(starts), np.array(cell, np.int64), draw, neutral)


def _count(readings: Readings, index: SubjectIndex) -> dict[Place, Tally]:
    kept = np.ones(len(readings.subject), np.bool_)
    if readings.annotator != CAPTION_WORDS:
        kept = index.neutral[readings.subject]
    subject, value, outside = readings.subject[kept], readings.value[kept], readings.outside[kept]
    sizes = index.starts[subject + 1] - index.starts[subject]
    row = np.repeat(np.arange(len(subject)), sizes)
    first = np.repeat(index.starts[subject], sizes)
    within = np.arange(len(row)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    cell, read = index.cell[first + within], value[row]
    width = len(readings.values) + 1
    table = np.bincount(cell * width + read - ABSTAINED, minlength=len(index.names) * width).reshape(-1, width)
    beyond = np.bincount(cell[outside[row]], minlength=len(index.names))
    told = read != ABSTAINED
    draws = np.unique(np.stack([cell[told], index.draw[subject[row[told]]]]), axis=1)[0]
    independent = np.bincount(draws, minlength=len(index.names))
    found = {}
    for code in np.flatnonzero(table.sum(axis=1)):
        abstained, *counts = table[code].tolist()
        values = Counter({name: count for name, count in zip(readings.values, counts, strict=True) if count})
        place = Place(*index.names[code], readings.attribute, readings.annotator)
        found[place] = Tally(values, abstained, int(beyond[code]), int(independent[code]))
    return found


def is_census(subject: str) -> bool:
    """Return whether `subject` is a dataset, whose pictures are all there is, rather than draws from a model."""
    return subject.startswith(DATA)
