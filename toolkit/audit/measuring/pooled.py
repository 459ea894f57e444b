"""Labels of a data run counted over all its sources together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.tallies import Place, Tally, count_labels, is_census
from toolkit.audit.subjects import DROPPED, PAIR, Subject

DATA_KINDS = (PAIR, DROPPED)
NO_DATA = "no pair of a data run is about a concept of this audit; give the run that `tain curate` wrote as --data"
POOLED = "all sources"
UNLABELLED = "the pairs that curation dropped were not labelled; label the data again"

Slices = Callable[[Subject], tuple[str, ...]]


def has_data(evidence: Evidence) -> bool:
    """Return whether there are pairs of a data run that are about a concept."""
    return any(one.kind in DATA_KINDS and one.slices for one in evidence.subjects)


def has_dropped(evidence: Evidence) -> bool:
    """Return whether curation dropped pairs of a data run that are about a concept."""
    return any(one.kind == DROPPED and one.slices for one in evidence.subjects)


def count_pairs(evidence: Evidence, slices: Slices) -> dict[Place, Tally]:
    """Return the counts over pairs of all sources, whatever their captions name, under the subject `POOLED`.

    `slices` says which concepts a pair counts for: none leaves it out.
    """
    counted = [
        replace(one, kind=PAIR, origin=POOLED, neutral=True, slices=slices(one) if one.kind in DATA_KINDS else ())
        for one in evidence.subjects
    ]
    return count_labels(counted, evidence.readings).counts


def kept_only(subject: Subject) -> tuple[str, ...]:
    """Return the concepts that a pair counts for among those that curation kept."""
    return subject.slices if subject.kind == PAIR else ()


def all_pairs(subject: Subject) -> tuple[str, ...]:
    """Return the concepts that a pair counts for in the raw data, kept or dropped."""
    return subject.slices


def models_of(evidence: Evidence) -> list[tuple[Place, Tally]]:
    """Return the places of models, with their counts, in order."""
    return [(place, tally) for place, tally in sorted(evidence.tallies.counts.items()) if not is_census(place.subject)]


def unread_when_dropped(evidence: Evidence) -> frozenset[tuple[str, str]]:
    """Return the annotators and attributes that left every dropped pair without a label, though there are some."""
    dropped = {place for place, one in enumerate(evidence.subjects) if one.kind == DROPPED}
    if not dropped:
        return frozenset()
    return frozenset(
        (one.annotator, one.attribute) for one in evidence.readings if dropped.isdisjoint(one.subject.tolist())
    )
