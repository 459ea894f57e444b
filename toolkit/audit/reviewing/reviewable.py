"""Which pictures of a run people can review, and as what: those that an annotator labelled, by its values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from toolkit.audit.annotators.skin_tone import OUTSIDE
from toolkit.audit.measuring.readings import COLUMNS, REVIEW, Readings, natural, read_labels
from toolkit.audit.measuring.tallies import CAPTION_WORDS
from toolkit.audit.reviewing.queues import margin, random_order, uncertain_order
from toolkit.audit.subjects import PAIR, SAMPLE, Subject, labelled_pairs, sample_subjects
from toolkit.errors import RunError
from toolkit.store import RunFolder

KINDS = (SAMPLE, PAIR)


class Reviewable(NamedTuple):
    """Pictures of one `kind` (sample or pair) that can be reviewed for `attribute`.

    `subjects` are these pictures, `readings` what annotators that look at pictures read of the attribute in them,
    `values` all that they can read, in natural order. `at_random` are ids in the order of the random queue;
    `uncertain` ids by annotator, the least certain first: those of which it gives probabilities.
    """

    kind: str
    attribute: str
    subjects: tuple[Subject, ...]
    readings: tuple[Readings, ...]
    values: tuple[str, ...]
    at_random: tuple[str, ...]
    uncertain: Mapping[str, tuple[str, ...]]


def reviewable(run: RunFolder) -> dict[tuple[str, str], Reviewable]:
    """Return what can be reviewed in `run` by kind and attribute, painted pictures first.

    Raises RunError where nothing was labelled there.
    """
    holder = run.find("labels")
    if holder is None:
        raise RunError(f"{run.path} has no labels to hold reviews against; choose a run that `tain audit` wrote")
    labels = holder.read("labels", columns=list(COLUMNS))
    by_people = pc.equal(labels["annotator"], REVIEW)
    labels = labels.filter(pc.and_(pc.invert(by_people), pc.not_equal(labels["annotator"], CAPTION_WORDS)))
    subjects = _subjects(run, labels)
    found = {}
    for kind in KINDS:
        mine = labels.filter(pc.equal(labels["subject_kind"], kind))
        own = [one for one in subjects if one.kind == kind and one.error is None]
        for attribute in sorted(pc.unique(mine["attribute"]).to_pylist()):
            some = _reviewable(kind, attribute, own, mine.filter(pc.equal(mine["attribute"], attribute)))
            if len(some.values) > 1:  # what has one value alone is no question
                found[kind, attribute] = some
    return found


def _subjects(run: RunFolder, labels: pa.Table) -> list[Subject]:
    samples = sample_subjects(run) if run.find("samples") is not None and run.find("requests") is not None else []
    concepts = sorted({name for one in samples for name in one.slices})
    pairs = labels.filter(pc.equal(labels["subject_kind"], PAIR))
    return [*samples, *labelled_pairs(run, pc.unique(pairs["subject_id"]).to_pylist(), concepts)]


def _reviewable(kind: str, attribute: str, subjects: Sequence[Subject], labels: pa.Table) -> Reviewable:
    seen = set(pc.unique(labels["subject_id"]).to_pylist())
    own = tuple(one for one in subjects if one.subject_id in seen)
    readings = tuple(read_labels(labels, own))
    values = sorted({value for one in readings for value in one.values}, key=natural)
    names = [one.subject_id for one in own]
    uncertain = {one: tuple(uncertain_order(_margins(labels, one, set(names)))) for one in _annotators(labels)}
    return Reviewable(kind, attribute, own, readings, tuple(values), tuple(random_order(names, attribute)), uncertain)


def _annotators(labels: pa.Table) -> list[str]:
    return sorted(pc.unique(labels["annotator"]).to_pylist())


def _margins(labels: pa.Table, annotator: str, names: set[str]) -> dict[str, float]:
    """Return how far apart the two likeliest values are in each picture, of the first person in it."""
    chosen = pc.and_(pc.equal(labels["annotator"], annotator), pc.less_equal(labels["instance"], 1))
    found = {}
    for row in labels.filter(chosen).select(["subject_id", "probabilities"]).to_pylist():
        apart = margin({value: chance for value, chance in row["probabilities"] or [] if value != OUTSIDE})
        if apart is not None and row["subject_id"] in names:
            found[row["subject_id"]] = apart
    return found
