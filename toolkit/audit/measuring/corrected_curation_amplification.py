"""Amplification by curation from corrected shares, beside that of raw ones."""

from __future__ import annotations

from toolkit.audit.measuring.amplification import DIRECTIONAL, NAIVE, NEUTRAL, ZHAO
from toolkit.audit.measuring.corrected import correction_of
from toolkit.audit.measuring.corrected_amplification import CorrectedConcept, corrected_rows
from toolkit.audit.measuring.corrected_pairs import correct_pairs, known_errors
from toolkit.audit.measuring.curation_amplification import (
    kept_neutral_pairs,
    neutral_pairs,
    pairs_by_reader,
)
from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.pooled import (
    POOLED,
    Slices,
    all_pairs,
    count_pairs,
    has_dropped,
    kept_only,
    unread_when_dropped,
)
from toolkit.audit.measuring.rows import Row
from toolkit.audit.measuring.tallies import Place
from toolkit.statistics.confusion import Corrected

FORMS: tuple[tuple[list[str], Slices, Slices], ...] = (
    ([NAIVE, ZHAO, DIRECTIONAL], all_pairs, kept_only),
    ([NEUTRAL], neutral_pairs, kept_neutral_pairs),
)


def measure_corrected_curation_amplification(evidence: Evidence) -> list[Row]:
    """Return the amplification by curation (see `measure_curation_amplification`) of corrected shares, where the errors
    of the annotator are known for all sources of the pairs and dropped pairs were read.

    Value, interval, `floor` and `p` are those of `corrected_amplification` in `toolkit.statistics`, which draws the
    errors of both sides as if they were of different pictures. The kept pairs are among the raw ones, so that errors
    partly cancel: intervals are cautious.
    """
    if not has_dropped(evidence):
        return []
    unread = unread_when_dropped(evidence)
    rows: list[Row] = []
    for measures, every, remaining in FORMS:
        raw, kept = count_pairs(evidence, every), count_pairs(evidence, remaining)
        before, after = correct_pairs(evidence, raw), correct_pairs(evidence, kept)
        for place, concepts in pairs_by_reader(raw, kept).items():
            confusion = known_errors(evidence, (place.annotator, place.attribute))
            dropped_some = any(one.raw.n > one.kept.n for one in concepts.values())
            if confusion is None or (place.annotator, place.attribute) in unread or not dropped_some:
                continue
            found = []
            for name, pairs in concepts.items():
                there = Place(POOLED, name, place.attribute, place.annotator)
                data, model = before.get(there), after.get(there)
                if isinstance(data, Corrected) and isinstance(model, Corrected):
                    here = place._replace(slice=name)
                    found.append(CorrectedConcept(here, pairs.kept, pairs.raw, model, data))
            if found:
                whole, fixed = kept[place._replace(subject=POOLED)], correction_of(confusion)
                rows += corrected_rows(place, whole, found, measures, "", fixed, evidence.confidence)
    return rows
