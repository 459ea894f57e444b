"""Amplification from corrected shares of both sides, beside that of raw ones: errors can feign it, and can hide it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.audit.measuring.amplification import DIRECTIONAL, ZHAO, Form, forms_of
from toolkit.audit.measuring.corrected import correction_of
from toolkit.audit.measuring.corrected_pairs import UNKNOWN, correct_pairs
from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.pooled import POOLED, has_data, models_of
from toolkit.audit.measuring.rows import Row, make_row
from toolkit.audit.measuring.tallies import Place, Tally
from toolkit.audit.subjects import ALL
from toolkit.statistics.amplification import deviation_of_counts, directional_of_counts, zhao_of_many
from toolkit.statistics.confusion import Corrected
from toolkit.statistics.corrected_amplification import corrected_amplification

METHOD = "matrix inversion on both sides"
Reals = NDArray[np.float64]
Measure = Callable[[Reals, Reals], Reals]


class CorrectedConcept(NamedTuple):
    """One concept that could be corrected on both sides, and the counts behind it: `pairs` are those of the data, or
    those before curation where `painted` are those that it kept."""

    place: Place
    painted: Tally
    pairs: Tally
    model: Corrected
    data: Corrected


def measure_corrected_amplification(evidence: Evidence) -> list[Row]:
    """Return the amplification (see `measure_amplification`) of corrected shares, for every concept whose pictures
    could be corrected on both sides, and over all of these; where the data's could not, the row says so.

    Value, interval, `floor` and `p` are those of `corrected_amplification` in `toolkit.statistics`.
    """
    placed = models_of(evidence)
    known: dict[Place, list[tuple[Place, Tally, Corrected]]] = {}  # by the place of all concepts together
    for place, tally in placed:
        found = evidence.corrected.get(place)
        if place.slice != ALL and isinstance(found, Corrected):
            known.setdefault(place._replace(slice=ALL), []).append((place, tally, found))
    if not known or not has_data(evidence):
        return []
    rows: list[Row] = []
    forms = forms_of(evidence)
    corrected = [correct_pairs(evidence, form.counts) for form in forms]
    for place, tally in placed:
        own = known.get(place)
        if own is None:
            continue
        fixed = correction_of(evidence.confusion_at(place))
        for form, pairs in zip(forms, corrected, strict=True):
            concepts = _both(own, form, pairs)
            why = form.why or _why(own, pairs)
            rows += corrected_rows(place, tally, concepts, [form.measure], why, fixed, evidence.confidence)
            if form is forms[0]:
                rows += corrected_rows(place, tally, concepts, [ZHAO, DIRECTIONAL], why, fixed, evidence.confidence)
    return rows


def _both(
    own: Sequence[tuple[Place, Tally, Corrected]], form: Form, found: Mapping[Place, Corrected | str]
) -> list[CorrectedConcept]:
    concepts = []
    for place, painted, model in own:
        there = place._replace(subject=POOLED)
        data = found.get(there)
        if isinstance(data, Corrected) and data.draws.shape == model.draws.shape:
            concepts.append(CorrectedConcept(place, painted, form.counts[there], model, data))
    return concepts


def _why(own: Sequence[tuple[Place, Tally, Corrected]], found: Mapping[Place, Corrected | str]) -> str:
    """Return why no concept could be corrected on both sides."""
    said = [found.get(place._replace(subject=POOLED)) for place, _, _ in own]
    return next((one for one in said if isinstance(one, str)), UNKNOWN)


def corrected_rows(
    place: Place,
    whole: Tally,
    concepts: Sequence[CorrectedConcept],
    measures: Sequence[str],
    why: str,
    fixed: Mapping[str, Any],
    confidence: float,
) -> list[Row]:
    """Return `measures` of corrected `concepts` and over all of them at `place`; or rows that say `why` not."""
    if not concepts:
        return [make_row(place, ALL, one, whole, **fixed, not_measurable=why) for one in measures]
    rows = []
    for name in measures:
        groups = len(concepts[0].model.shares)
        if name not in (ZHAO, DIRECTIONAL) and groups != 2:
            why = f"defined for two groups; {place.attribute} has {groups}"
            rows.append(make_row(place, ALL, name, whole, **fixed, not_measurable=why))
            continue
        if name == DIRECTIONAL and len(concepts) < 2:
            why = "one concept alone: no attribute can be linked to it more than to others"
            rows.append(make_row(place, ALL, name, whole, **fixed, not_measurable=why))
            continue
        measure = {ZHAO: zhao_of_many, DIRECTIONAL: directional_of_counts}.get(name, deviation_of_counts)
        if name != DIRECTIONAL:
            rows += [
                make_row(one.place, ALL, name, one.painted, **fixed, **_figures([one], measure, confidence))
                for one in concepts
            ]
        rows.append(make_row(place, ALL, name, whole, **fixed, **_figures(concepts, measure, confidence)))
    return rows


def _figures(concepts: Sequence[CorrectedConcept], measure: Measure, confidence: float) -> dict[str, Any]:
    sizes = [one.pairs.seen for one in concepts]
    found = corrected_amplification(
        measure, [one.data for one in concepts], [one.model for one in concepts], sizes, confidence
    )
    return {
        **found._asdict(),
        "confidence": confidence,
        "method": METHOD,
        "reference": f"data corrected, n = {sum(sizes)}",
    }
