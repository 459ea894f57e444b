"""The ledger from corrected shares, beside the raw one: what moved, given what the annotator is known to get wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from toolkit.audit.measuring.corrected import correction_of
from toolkit.audit.measuring.corrected_pairs import UNKNOWN, correct_pairs
from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.ledger import responsible
from toolkit.audit.measuring.pooled import POOLED, all_pairs, count_pairs, has_data, kept_only, models_of
from toolkit.audit.measuring.rows import Row, make_row
from toolkit.audit.measuring.tallies import CAPTION_WORDS, Place, Tally
from toolkit.audit.subjects import ALL
from toolkit.statistics.confusion import Corrected
from toolkit.statistics.corrections import Estimate
from toolkit.statistics.differences import hybrid_difference, implied_p
from toolkit.statistics.intervals import wilson

Found = Corrected | str
METHOD, BETWEEN = "matrix inversion", "difference of corrected shares"


class _Sides(NamedTuple):
    """Counts of pairs and what they are once corrected: raw, kept and dropped."""

    counts: dict[str, dict[Place, Tally]]
    corrected: dict[str, dict[Place, Found]]


class _Here(NamedTuple):
    """One model's place, its row's fixed columns, and the groups that can be corrected."""

    place: Place
    fixed: dict[str, Any]
    groups: tuple[str, ...]
    confidence: float


def measure_corrected_ledger(evidence: Evidence) -> list[Row]:
    """Return the rows of the ledger (see `measure_ledger`) from corrected shares, for every concept that has them.

    The pairs are corrected where the errors of the annotator are known for all of their sources; else the rows say so,
    for a corrected share compares with no raw one. Captions are read as they are and need no correction. Changes are
    differences of the two estimates, whose intervals hold labels and matrix (Zou and Donner 2008); where both rest on
    one matrix its errors partly cancel, and they are cautious.
    """
    placed = [
        (place, tally, found)
        for place, tally in models_of(evidence)
        if place.slice != ALL and isinstance(found := evidence.corrected.get(place), Corrected)
    ]
    if not placed or not has_data(evidence):
        return []
    sides = _sides(evidence)
    rows: list[Row] = []
    families: dict[tuple[str, str, str], list[Row]] = {}
    for place, tally, found in placed:
        confusion = evidence.confusion_at(place)
        here = _Here(place, correction_of(confusion), confusion.truths, evidence.confidence)
        changes: list[Row] = []
        for index, group in enumerate(confusion.truths):
            rows.append(_share(here, group, "generated", tally, found.shares[index]))
            rows += [_share(here, group, name, *_of_pairs(here, index, name, sides)) for name in ("raw", "kept")]
            changes += _changes(here, index, tally, found.shares[index], sides)
        families.setdefault((place.subject, place.attribute, place.annotator), []).extend(changes)
    for family in families.values():
        rows += family + responsible(family)
    return rows


def _sides(evidence: Evidence) -> _Sides:
    raw, kept = count_pairs(evidence, all_pairs), count_pairs(evidence, kept_only)
    counts = {"raw": raw, "kept": kept, "dropped": _dropped(raw, kept)}
    return _Sides(counts, {name: correct_pairs(evidence, some) for name, some in counts.items()})


def _dropped(raw: Mapping[Place, Tally], kept: Mapping[Place, Tally]) -> dict[Place, Tally]:
    found = {}
    for place, every in raw.items():
        mine = kept.get(place, Tally())
        values = every.values - mine.values
        found[place] = Tally(values, every.abstained - mine.abstained, independent=sum(values.values()))
    return found


def _of_pairs(here: _Here, index: int, name: str, sides: _Sides) -> tuple[Tally, Estimate | str]:
    """Return the counts of the pairs of one step, and the corrected share of a group there, or why there is none."""
    there = here.place._replace(subject=POOLED)
    tally = sides.counts[name].get(there)
    if tally is None:
        return Tally(), "no pair of the data is about it"
    found = sides.corrected[name].get(there, UNKNOWN)
    if isinstance(found, str):
        return tally, found
    if len(found.shares) != len(here.groups):
        return tally, "the data's known pictures show other values than the model's"
    return tally, found.shares[index]


def _share(here: _Here, group: str, step: str, tally: Tally, found: Estimate | str) -> Row:
    if isinstance(found, str):
        return make_row(here.place, group, f"ledger_{step}", tally, **here.fixed, not_measurable=found)
    ends = {**found._asdict(), "confidence": here.confidence, "method": METHOD}
    return make_row(here.place, group, f"ledger_{step}", tally, **here.fixed, **ends)


def _changes(here: _Here, index: int, painted: Tally, generated: Estimate, sides: _Sides) -> list[Row]:
    group = here.groups[index]
    _, kept = _of_pairs(here, index, "kept", sides)
    rows = [_curation(here, index, sides)]
    named = sides.counts["kept"].get(here.place._replace(subject=POOLED, annotator=CAPTION_WORDS), Tally())
    captions: Estimate | None = None
    if named.n and set(named.values) <= set(here.groups):
        captions = Estimate(named.values[group] / named.n, *wilson(named.values[group], named.n, here.confidence))
        rows.append(_change(here, group, "captions", named, kept, captions, "kept"))
    before, name = (captions, "captions") if captions is not None else (kept, "kept")
    rows.append(_change(here, group, "generated", painted, before, generated, name))
    return rows


def _curation(here: _Here, index: int, sides: _Sides) -> Row:
    """Return how the share moved because pairs were dropped: kept against dropped, scaled by the share dropped."""
    dropped, before = _of_pairs(here, index, "dropped", sides)
    tally, kept = _of_pairs(here, index, "kept", sides)
    every, _ = _of_pairs(here, index, "raw", sides)
    row = _change(here, here.groups[index], "kept", tally, before, kept, "raw")
    if dropped.seen == 0 and not isinstance(kept, str):
        figures: dict[str, Any] = {"value": 0.0, "low": 0.0, "high": 0.0, "confidence": here.confidence}
        figures |= {"reference": "raw", "method": "nothing was dropped"}
        return make_row(here.place, here.groups[index], "ledger_change_kept", tally, **here.fixed, **figures)
    if row.get("value") is not None:
        scale = dropped.seen / every.seen
        row |= {name: round(row[name] * scale, 6) for name in ("value", "low", "high")}
    return row


def _change(
    here: _Here, group: str, step: str, tally: Tally, before: Estimate | str, after: Estimate | str, reference: str
) -> Row:
    measure = f"ledger_change_{step}"
    why = next((one for one in (before, after) if isinstance(one, str)), None)
    if isinstance(before, str) or isinstance(after, str):
        return make_row(here.place, group, measure, tally, **here.fixed, not_measurable=why)
    value, low, high = hybrid_difference(before, after)
    figures: dict[str, Any] = {
        "value": value,
        "low": min(low, value),
        "high": max(high, value),
        "confidence": here.confidence,
    }
    figures |= {"method": BETWEEN, "reference": reference, "p": _p(before, after, here.confidence)}
    return make_row(here.place, group, measure, tally, **here.fixed, **figures)


def _p(before: Estimate, after: Estimate, confidence: float) -> float | None:
    """Return the p of no change; None where neither estimate says how far it may be off."""
    if before.low == before.high and after.low == after.high:
        return None
    return implied_p(before, after, confidence)
