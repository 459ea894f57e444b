"""The ledger: P(attribute | concept) followed from the raw pairs to the pictures painted, and where it changed.

raw        all pairs of the data run about the concept, whatever was decided
kept       those that curation kept
captions   what the captions of the kept pairs name
generated  what the model painted
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.pooled import (
    NO_DATA,
    POOLED,
    UNLABELLED,
    all_pairs,
    count_pairs,
    has_data,
    kept_only,
    models_of,
    unread_when_dropped,
)
from toolkit.audit.measuring.rows import UNCORRECTED, Row, make_row
from toolkit.audit.measuring.tallies import CAPTION_WORDS, Place, Tally
from toolkit.audit.subjects import ALL
from toolkit.statistics.comparisons import benjamini_hochberg
from toolkit.statistics.corrections import Estimate
from toolkit.statistics.differences import hybrid_difference
from toolkit.statistics.intervals import wilson
from toolkit.statistics.two_rates import equal_rates_p

STEPS = ("raw", "kept", "captions", "generated")
COUNTED = "count of all pairs"
SIGNIFICANT = 0.05


class _Step(NamedTuple):
    """One step at one place: what was read there, or `why` nothing was."""

    name: str
    tally: Tally
    why: str | None


class _Counts(NamedTuple):
    """The counts over all pairs and over the kept ones, and by annotator whether it read those that were dropped."""

    raw: dict[Place, Tally]
    kept: dict[Place, Tally]
    unread: frozenset[tuple[str, str]]


def measure_ledger(evidence: Evidence) -> list[Row]:
    """Return, for every model, concept and value that an annotator reads in pictures, the rows of the ledger.

    - `ledger_raw`, `ledger_kept`, `ledger_captions`, `ledger_generated`: the share at that step. Pictures are read by
      the same annotator at every step, and count whatever their caption names. Pairs are all there is, so they have no
      interval.
    - `ledger_change_kept`, `_captions`, `_generated`: how far the share moved from the last step before it that could
      be measured, which `reference` names. That of curation compares the kept pairs with the dropped ones (which
      together are the raw ones), scaled by the share that was dropped; the others compare two sets of readings.
      Intervals after Newcombe, `p` by Fisher's exact test, `q` over all steps, concepts and values of one model,
      attribute and annotator. Captions and pictures of the same pairs agree more than two sets would, so that the test
      of captions errs to the side of no change.
    - `ledger_responsible`: the greatest change with q <= 0.05, and in `reference` the step that made it.
    """
    placed = models_of(evidence)
    if not has_data(evidence):
        whole = [(place, tally) for place, tally in placed if place.slice == ALL]
        return [make_row(place, ALL, "ledger_raw", tally, not_measurable=NO_DATA) for place, tally in whole]
    counts = _Counts(count_pairs(evidence, all_pairs), count_pairs(evidence, kept_only), unread_when_dropped(evidence))
    families: dict[tuple[str, str, str], list[Row]] = {}
    rows: list[Row] = []
    for place, tally in placed:
        if place.slice == ALL:  # concepts are not mixed alike in the data and in the probes
            continue
        values = evidence.tallies.values[place.annotator, place.attribute]
        steps = _steps(place, tally, values, counts)
        for group in values:
            rows += [_share(place, group, step, evidence.confidence) for step in steps]
            changes = _changes(place, group, steps, evidence.confidence)
            families.setdefault((place.subject, place.attribute, place.annotator), []).extend(changes)
    for family in families.values():
        rows += family + responsible(family)
    return rows


def _steps(place: Place, painted: Tally, values: Sequence[str], counts: _Counts) -> list[_Step]:
    here = Place(POOLED, place.slice, place.attribute, place.annotator)
    raw, kept = counts.raw.get(here, Tally()), counts.kept.get(here, Tally())
    named = counts.kept.get(here._replace(annotator=CAPTION_WORDS), Tally())
    unlike = not set(named.values) <= set(values)
    unread = (place.annotator, place.attribute) in counts.unread
    return [
        _Step("raw", raw, UNLABELLED if unread else _why(raw, "no pair of the data is about it")),
        _Step("kept", kept, _why(kept, "no kept pair is about it")),
        _Step("captions", named, _why_captions(named, place.attribute) if not unlike else _other_words(values)),
        _Step("generated", painted, _why(painted, "nothing was painted of it")),
    ]


def _why(tally: Tally, none: str) -> str | None:
    if tally.n:
        return None
    return f"the annotator abstained on all {tally.abstained} pictures" if tally.abstained else none


def _why_captions(named: Tally, attribute: str) -> str | None:
    if named.n:
        return None
    count = f"none of the {named.abstained} captions names one" if named.abstained else "captions are not read for it"
    return f"no caption of a kept pair tells the {attribute}: {count}"


def _other_words(values: Sequence[str]) -> str:
    return f"captions name other values than {', '.join(values)}"


def _share(place: Place, group: str, step: _Step, confidence: float) -> Row:
    figures: dict[str, Any] = {"n_effective": float(step.tally.n), "method": COUNTED}
    if step.why is not None:
        return make_row(place, group, f"ledger_{step.name}", step.tally, **figures, not_measurable=step.why)
    if step.name == "generated":
        k, n = step.tally.drawn(group)
        low, high = wilson(k, n, confidence)
        figures = {"low": low, "high": high, "confidence": confidence, "method": "wilson", "n_effective": float(n)}
    value = step.tally.values[group] / step.tally.n
    return make_row(place, group, f"ledger_{step.name}", step.tally, **figures, value=value)


def _changes(place: Place, group: str, steps: Sequence[_Step], confidence: float) -> list[Row]:
    found, before = [], steps[0] if steps[0].why is None else None
    for step in steps[1:]:
        measure = f"ledger_change_{step.name}"
        if step.why is not None:
            found.append(make_row(place, group, measure, step.tally, not_measurable=step.why))
            continue
        if before is None:
            why = f"no step before it could be measured: {steps[0].why}"
            found.append(make_row(place, group, measure, step.tally, not_measurable=why))
        else:
            filtered = before.name == "raw" and step.name == "kept"
            change = _curation if filtered else _change
            figures = change(group, before.tally, step.tally, confidence)
            fixed = {"confidence": confidence, "reference": before.name}
            found.append(make_row(place, group, measure, step.tally, **figures, **fixed))
        before = step
    return found


def _curation(group: str, raw: Tally, kept: Tally, confidence: float) -> dict[str, Any]:
    """Return how the share moved because pairs were dropped: kept against dropped, scaled by the share dropped."""
    dropped = Tally(raw.values - kept.values)
    if dropped.n == 0:
        return {"value": 0.0, "low": 0.0, "high": 0.0, "method": "nothing that could be told was dropped"}
    found, scale = _change(group, dropped, kept, confidence), dropped.n / raw.n
    scaled = {name: found[name] * scale for name in ("value", "low", "high")}
    return found | scaled | {"method": "newcombe, kept against dropped"}


def _change(group: str, before: Tally, after: Tally, confidence: float) -> dict[str, Any]:
    (k, n), (j, m) = _told(group, before), _told(group, after)
    first, second = (Estimate(hits / size, *wilson(hits, size, confidence)) for hits, size in ((k, n), (j, m)))
    _, low, high = hybrid_difference(first, second)
    value = after.values[group] / after.n - before.values[group] / before.n
    p = float(equal_rates_p(j, m, k, n))
    return {"value": value, "low": min(low, value), "high": max(high, value), "p": p, "method": "newcombe"}


def _told(group: str, tally: Tally) -> tuple[int, int]:
    """Return how often `group` was read, of how many: scaled where pictures share noise, as those of pairs do not."""
    return tally.drawn(group) if tally.independent else (tally.values[group], tally.n)


def responsible(changes: Sequence[Row]) -> list[Row]:
    """Fill `q` of `changes`, which are one family, and return for each concept and value the step that moved most."""
    tested = [row for row in changes if row.get("p") is not None]
    for row, q in zip(tested, benjamini_hochberg([row["p"] for row in tested]), strict=True):
        row["q"] = float(f"{q:.4g}")
    places: dict[tuple[str, str], list[Row]] = {}
    for row in changes:
        places.setdefault((row["slice"], row["group"]), []).append(row)
    return [_most(some) for some in places.values()]


def _most(changes: Sequence[Row]) -> Row:
    tested = [row for row in changes if row.get("q") is not None]
    told = [row for row in tested if row["q"] <= SIGNIFICANT]
    if told:
        most = max(told, key=lambda row: abs(row["value"]))
        step = most["measure"].removeprefix("ledger_change_")
        return most | {"measure": "ledger_responsible", "reference": step}
    least = min((row["q"] for row in tested), default=None)
    why = "no two steps could be measured" if least is None else f"no step moves it beyond chance (least q {least:.2g})"
    empty = dict.fromkeys(("value", "low", "high", "confidence", "method", "reference", "p", "q"))
    return changes[-1] | empty | {"measure": "ledger_responsible", "not_measurable": why}


def ledger(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return the ledger of raw shares in `rows` of the measures table, an entry for each model, concept, attribute,
    annotator and value: its `steps` in order, each with its share, n and change, and the step that is `responsible`,
    or None."""
    figures = {
        (*(row[one] for one in ("subject", "slice", "attribute", "annotator", "group")), row["measure"]): row
        for row in rows
        if row["measure"].startswith("ledger_") and row["correction"] == UNCORRECTED
    }
    entries = []
    for key in dict.fromkeys(key[:-1] for key in figures if key[1] != ALL):
        responsible = figures[*key, "ledger_responsible"]
        names = ("subject", "slice", "attribute", "annotator", "group")
        entries.append(
            dict(zip(names, key, strict=True))
            | {
                "steps": [_entry(name, figures, key) for name in STEPS],
                "responsible": responsible.get("reference"),
                "not_responsible": responsible.get("not_measurable"),
            }
        )
    return entries


def _entry(name: str, figures: dict[tuple[str, ...], Row], key: tuple[str, ...]) -> dict[str, Any]:
    columns = ("value", "low", "high", "n", "abstained", "not_measurable")
    share = figures[*key, f"ledger_{name}"]
    change = figures.get((*key, f"ledger_change_{name}"))
    found: dict[str, Any] = {"step": name} | {one: share.get(one) for one in columns}
    if change is not None:
        found["change"] = {
            one: change.get(one) for one in ("value", "low", "high", "p", "q", "reference", "not_measurable")
        }
    return found
