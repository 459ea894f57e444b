"""Which pictures of a run people can review, and as what: those that an annotator labelled, by its values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from toolkit.audit.annotators.skin_tone import OUTSIDE
from toolkit.audit.measuring.readings import COLUMNS, REVIEW, Readings, natural, read_labels
from toolkit.audit.measuring.tallies import CAPTION_WORDS
from toolkit.audit.reviewing.queues import margin, random_order, uncertain_order
from toolkit.audit.subjects import PAIR, SAMPLE, Subject, pairs_named, sample_subjects
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


def questions(run: RunFolder) -> list[tuple[str, str]]:
    """Return of which kind of pictures (sample, pair) which attribute can be asked, painted pictures first.

    Raises RunError where nothing was labelled.
    """
    found, labels = [], _labels(run)
    for kind in KINDS:
        mine = labels.filter(pc.equal(labels["subject_kind"], kind))
        for attribute in sorted(pc.unique(mine["attribute"]).to_pylist()):
            own = mine.filter(pc.equal(mine["attribute"], attribute))
            named = pc.unique(own["probabilities"].combine_chunks().keys).to_pylist()
            if len({*named, *pc.unique(own["value"]).to_pylist()} - {None, OUTSIDE}) > 1:  # one alone is no question
                found.append((kind, attribute))
    return found


def reviewable(run: RunFolder, kind: str, attribute: str) -> Reviewable:
    """Return the pictures of a `kind` that can be reviewed for `attribute`, as one of `questions` says."""
    labels = _labels(run)
    wanted = pc.and_(pc.equal(labels["subject_kind"], kind), pc.equal(labels["attribute"], attribute))
    labels = labels.filter(wanted)
    seen = pc.unique(labels["subject_id"]).to_pylist()
    everything = sample_subjects(run) if kind == SAMPLE else pairs_named(run, seen)
    names = set(seen)
    own = tuple(one for one in everything if one.subject_id in names and one.error is None)
    readings = tuple(read_labels(labels, own))
    values = sorted({value for one in readings for value in one.values}, key=natural)
    ids = {one.subject_id for one in own}
    uncertain = {one: tuple(uncertain_order(_margins(labels, one, ids))) for one in _annotators(labels)}
    return Reviewable(kind, attribute, own, readings, tuple(values), tuple(random_order(ids, attribute)), uncertain)


def _labels(run: RunFolder) -> pa.Table:
    """Return the labels of annotators that look at pictures."""
    holder = run.find("labels")
    if holder is None:
        raise RunError(f"{run.path} has no labels to hold reviews against; choose a run that `tain audit` wrote")
    labels = holder.read("labels", columns=list(COLUMNS))
    return labels.filter(pc.invert(pc.is_in(labels["annotator"], value_set=pa.array([REVIEW, CAPTION_WORDS]))))


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
