"""Figures held against published shares: how far from them a slice is, all groups together and each alone."""

from __future__ import annotations

from toolkit.audit.measuring.against import Held, difference_rows, distance_row
from toolkit.audit.measuring.corrected import correction_of
from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.rows import Row, make_row
from toolkit.audit.measuring.tallies import Place, Tally, is_census
from toolkit.audit.references import Reference
from toolkit.audit.subjects import ALL
from toolkit.statistics.confusion import Corrected, share_p
from toolkit.statistics.distances import total_variation
from toolkit.statistics.noise_floor import total_variation_floor

DISTANCE, DIFFERENCE = "total_variation_from_reference", "difference_from_reference"


def measure_references(evidence: Evidence) -> list[Row]:
    """Return how far every place lies from the reference of its slice whose groups its annotator can read.

    - `total_variation_from_reference`: interval, floor of a generator that has just these shares, and p of such a one.
    - `difference_from_reference` of each group: its share minus that of the reference; interval, floor, exact p.
    - Both from corrected shares where these can be had; the distance for two groups only.

    A census is described: it has neither interval nor test. Groups that a reference does not name have a share of 0.
    """
    rows: list[Row] = []
    for place, tally in sorted(evidence.tallies.counts.items()):
        values = evidence.tallies.values[place.annotator, place.attribute]
        for reference in evidence.references.get(place.slice, ()):
            if set(reference.shares) <= set(values):
                rows += _raw(place, tally, values, reference, evidence.confidence)
            rows += _corrected(place, tally, reference, evidence)
    return rows


def _raw(place: Place, tally: Tally, values: tuple[str, ...], reference: Reference, confidence: float) -> list[Row]:
    source = reference.source
    shares = [reference.shares.get(group, 0.0) for group in values]
    if tally.n == 0:
        why = f"the annotator abstained on all {tally.abstained} pictures"
        return [make_row(place, ALL, DISTANCE, tally, reference=source, not_measurable=why)]
    if is_census(place.subject):
        found = [tally.values[group] / tally.n for group in values]
        rows = [make_row(place, ALL, DISTANCE, tally, value=total_variation(found, shares), reference=source)]
        for group, one, share in zip(values, found, shares, strict=True):
            rows.append(make_row(place, group, DIFFERENCE, tally, value=one - share, reference=source))
        return rows
    held = Held(place, tally, values, shares, source, confidence)
    return [
        distance_row(held, DISTANCE),
        *difference_rows(held, DIFFERENCE),
    ]


def _corrected(place: Place, tally: Tally, reference: Reference, evidence: Evidence) -> list[Row]:
    found = evidence.corrected.get(place)
    if not isinstance(found, Corrected):
        return []  # where it cannot be corrected, the corrected share of that place says why
    confusion = evidence.confusion_at(place)
    if not set(reference.shares) <= set(confusion.truths):
        return []
    n = max(1, min(tally.n, tally.n_effective))
    rows = []
    for index, group in enumerate(confusion.truths):
        share = reference.shares.get(group, 0.0)
        one = found.shares[index]
        figures = _figures(found, index, share, reference, n) | {"confidence": evidence.confidence}
        figures |= correction_of(confusion)
        ends = {"value": one.value - share, "low": one.low - share, "high": one.high - share}
        rows.append(make_row(place, group, DIFFERENCE, tally, **figures, **ends))
        if index == 0 and len(confusion.truths) == 2:
            least = max(0.0, one.low - share, share - one.high)
            far = {"value": abs(one.value - share), "low": least, "high": max(one.high - share, share - one.low)}
            rows.append(make_row(place, ALL, DISTANCE, tally, **figures, **far))
    return rows


def _figures(found: Corrected, index: int, share: float, reference: Reference, n: int) -> Row:
    return {
        "method": "matrix inversion, reference fixed",
        "reference": reference.source,
        "floor": total_variation_floor(n, 2, reference=[share, 1 - share]),
        "p": share_p(found.draws[:, index], share),
    }
