"""Whether curation itself shows a link of concept and attribute more strongly than the raw pairs: the step before the
model's own amplification."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from toolkit.audit.measuring.amplification import DIRECTIONAL, NAIVE, NEUTRAL, ZHAO
from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.pooled import (
    POOLED,
    UNLABELLED,
    all_pairs,
    count_pairs,
    has_dropped,
    kept_only,
    unread_when_dropped,
)
from toolkit.audit.measuring.rows import Row, make_row
from toolkit.audit.measuring.tallies import CAPTION_WORDS, Place, Tally
from toolkit.audit.subjects import ALL, DATA, Subject
from toolkit.statistics.amplification import Measure, deviation_of_counts, directional_of_counts, zhao_of_many
from toolkit.statistics.random_dropping import compare_with_random_dropping

KEPT = DATA + POOLED
METHOD = "count of all pairs; chance: as many pairs dropped at random"
OF_ALL: dict[str, Measure] = {NAIVE: deviation_of_counts, ZHAO: zhao_of_many, DIRECTIONAL: directional_of_counts}
OF_NEUTRAL: dict[str, Measure] = {NEUTRAL: deviation_of_counts}


class Pairs(NamedTuple):
    """What was read at one place of the raw pairs, and of those that were kept."""

    raw: Tally
    kept: Tally


def measure_curation_amplification(evidence: Evidence) -> list[Row]:
    """Return how much further than the raw pairs the kept ones go, all sources together, per concept and over all.

    The measures are those of `measure_amplification` with the raw pairs as the data and the kept ones as what was made
    of them, but for `amplification_nearest_captions`: nearest is said of a model's prompts. Pairs are all there is, so
    there is no interval; `floor` and `p` are those of as many pairs dropped at random from each concept. Nothing is
    returned where curation dropped no pair about a concept.
    """
    if not has_dropped(evidence):
        return []
    forms = (
        (OF_ALL, count_pairs(evidence, all_pairs), count_pairs(evidence, kept_only)),
        (OF_NEUTRAL, count_pairs(evidence, neutral_pairs), count_pairs(evidence, kept_neutral_pairs)),
    )
    unread = unread_when_dropped(evidence)
    rows: list[Row] = []
    for measures, raw, kept in forms:
        for place, concepts in pairs_by_reader(raw, kept).items():
            values = evidence.tallies.values.get((place.annotator, place.attribute), ())
            for name, measure in measures.items():
                why = UNLABELLED if (place.annotator, place.attribute) in unread else _why(name, concepts, values)
                if why is None:
                    rows += _measured(place, name, measure, concepts, values)
                else:
                    rows.append(
                        make_row(place, ALL, name, _together(concepts.values()), method=METHOD, not_measurable=why)
                    )
    return rows


def neutral_pairs(subject: Subject) -> tuple[str, ...]:
    """Return the concepts that a raw pair counts for whose caption names no gender or skin tone."""
    return all_pairs(subject) if subject.neutral else ()


def kept_neutral_pairs(subject: Subject) -> tuple[str, ...]:
    """Return the concepts that such a pair counts for where curation kept it."""
    return kept_only(subject) if subject.neutral else ()


def pairs_by_reader(raw: Mapping[Place, Tally], kept: Mapping[Place, Tally]) -> dict[Place, dict[str, Pairs]]:
    """Return for every annotator and attribute that reads pictures the counts of each concept that it could tell both
    of the raw and of the kept pairs."""
    found: dict[Place, dict[str, Pairs]] = {}
    for place, tally in sorted(raw.items()):
        if place.slice == ALL or place.annotator == CAPTION_WORDS:
            continue
        concepts = found.setdefault(place._replace(subject=KEPT, slice=ALL), {})
        mine = kept.get(place, Tally())
        if tally.n and mine.n:
            concepts[place.slice] = Pairs(tally, mine)
    return found


def _why(name: str, concepts: Mapping[str, Pairs], values: Sequence[str]) -> str | None:
    """Return why a measure over `concepts` cannot be had; None where it can."""
    if not concepts:
        return "of no concept could both the raw pairs and the kept ones be told"
    if all(one.raw.n == one.kept.n for one in concepts.values()):
        return "curation dropped no pair that could be told"
    if name in (NAIVE, NEUTRAL) and len(values) != 2:
        return f"defined for two groups; there are {len(values)}"
    if name == DIRECTIONAL and len(concepts) < 2:
        return "one concept alone: no attribute can be linked to it more than to others"
    return None


def _measured(
    place: Place, name: str, measure: Measure, concepts: Mapping[str, Pairs], values: Sequence[str]
) -> list[Row]:
    rows = []
    if name != DIRECTIONAL:
        rows = [
            _row(place._replace(slice=concept), name, measure, [pairs], values) for concept, pairs in concepts.items()
        ]
    return [*rows, _row(place, name, measure, list(concepts.values()), values)]


def _row(place: Place, name: str, measure: Measure, pairs: Sequence[Pairs], values: Sequence[str]) -> Row:
    raw, kept = (
        np.array([[side.values[value] for value in values] for side in sides]) for sides in zip(*pairs, strict=True)
    )
    found = compare_with_random_dropping(measure, raw, kept)
    whole = _together(pairs)
    return make_row(place, ALL, name, whole, **found._asdict(), method=METHOD, reference=f"raw pairs, n = {raw.sum()}")


def _together(pairs: Iterable[Pairs]) -> Tally:
    """Return the kept ones of all `pairs`; one that is about two concepts counts twice."""
    whole = Tally()
    for one in pairs:
        whole.values.update(one.kept.values)
        whole.abstained += one.kept.abstained
        whole.independent += one.kept.independent
    return whole
