"""Counts to rows: shares and distances with intervals, floors and tests; or a plain census.

A model's pictures are draws, so each figure has an interval, the noise floor of a fair model and a test. A dataset's
pictures are all there is, so they are described and nothing is inferred from them.
"""

from __future__ import annotations

from collections.abc import Sequence

from toolkit.audit.annotators.skin_tone import OUTSIDE
from toolkit.audit.measuring.against import Held, difference_rows, distance_row
from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.rows import UNIFORM, Row, make_row
from toolkit.audit.measuring.tallies import CAPTION_WORDS, Place, Tallies, Tally, is_census
from toolkit.audit.subjects import ALL
from toolkit.statistics.comparisons import binomial_test
from toolkit.statistics.intervals import wilson
from toolkit.statistics.noise_floor import total_variation_floor

CAPTIONS = "captions of the data"
FROM = "from_captions"


def measure_shares(evidence: Evidence) -> list[Row]:
    """Return what every annotator read, place by place.

    - `share` of each group among labels that did not abstain. Where drawn: Wilson interval, `floor` the deviation
      from equal shares that a fair model shows at this n, exact binomial `p` against equal shares, and `q`
      (Benjamini-Hochberg over all slices and groups of one subject, attribute and annotator; `all` is its own family).
    - `share_worst_low`, `share_worst_high`: the share if every abstention were another group, or this one; of a census
      too, whose pictures are all there but not all told.
    - `share_abstained`, and for skin tones `share_outside_human_skin`, of all labels.
    - `total_variation` from equal shares, with the p of a fair generator showing as much, and
      `total_variation_from_captions` with `difference_from_captions` of each group where the data's captions name the
      groups for that slice.

    Intervals use `n_effective` where pictures share noise. Where nothing could be told, `value` is null and
    `not_measurable` says why.
    """
    tallies, confidence = evidence.tallies, evidence.confidence
    captions = _caption_shares(tallies)
    rows: list[Row] = []
    for place, tally in sorted(tallies.counts.items()):
        values = tallies.values[place.annotator, place.attribute]
        rows += _abstentions(place, tally, confidence)
        if tally.n == 0:
            rows += [make_row(place, group, "share", tally, not_measurable=_why(tally)) for group in values or (ALL,)]
            continue
        rows += _shares(place, tally, values, confidence)
        if not is_census(place.subject):
            equal = [1 / len(values)] * len(values)
            rows.append(distance_row(Held(place, tally, values, equal, UNIFORM, confidence), "total_variation"))
            rows += _against_captions(place, tally, values, captions.get((place.attribute, place.slice)), confidence)
    return rows


def _why(tally: Tally) -> str:
    outside = f", {tally.outside} of them with a colour outside human skin" if tally.outside else ""
    return f"the annotator abstained on all {tally.abstained} pictures{outside}"


def _shares(place: Place, tally: Tally, values: Sequence[str], confidence: float) -> list[Row]:
    rows = []
    for group in values:
        k = tally.values[group]
        figures: Row = {"value": k / tally.n}
        if not is_census(place.subject):
            hits, n = tally.drawn(group)
            equal = 1 / len(values)
            low, high = wilson(hits, n, confidence)
            figures |= {"low": low, "high": high, "confidence": confidence, "method": "wilson", "reference": UNIFORM}
            figures["floor"] = total_variation_floor(n, 2, reference=[equal, 1 - equal])
            figures["p"] = binomial_test(hits, n, equal).p
        if tally.abstained:
            worst = {"low": None, "high": None, "method": "worst case over abstentions"}
            rows.append(make_row(place, group, "share_worst_low", tally, value=k / tally.seen, **worst))
            most = (k + tally.abstained) / tally.seen
            rows.append(make_row(place, group, "share_worst_high", tally, value=most, **worst))
        rows.append(make_row(place, group, "share", tally, **figures))
    return rows


def _abstentions(place: Place, tally: Tally, confidence: float) -> list[Row]:
    found = [_of_all(place, ALL, "share_abstained", tally.abstained, tally, confidence)]
    if tally.outside:
        found.append(_of_all(place, OUTSIDE, "share_outside_human_skin", tally.outside, tally, confidence))
    return found


def _of_all(place: Place, group: str, name: str, k: int, tally: Tally, confidence: float) -> Row:
    """Return a share of all labels; `n` of such a row is all of them."""
    figures: Row = {"value": k / tally.seen, "n": tally.seen, "n_effective": float(tally.seen)}
    if not is_census(place.subject):
        low, high = wilson(k, tally.seen, confidence)
        figures |= {"low": low, "high": high, "confidence": confidence, "method": "wilson"}
    return make_row(place, group, name, tally, **figures)


def _caption_shares(tallies: Tallies) -> dict[tuple[str, str], dict[str, float]]:
    """Return what the captions of all datasets together name, by attribute and slice: shares by group."""
    pooled: dict[tuple[str, str], Tally] = {}
    for place, tally in tallies.counts.items():
        if place.annotator == CAPTION_WORDS and is_census(place.subject):
            pooled.setdefault((place.attribute, place.slice), Tally()).values.update(tally.values)
    return {
        key: {group: count / tally.n for group, count in tally.values.items()}
        for key, tally in pooled.items()
        if tally.n
    }


def _against_captions(
    place: Place, tally: Tally, values: Sequence[str], named: dict[str, float] | None, confidence: float
) -> list[Row]:
    if named is None or not set(named) <= set(values):
        return []
    shares = [named.get(group, 0.0) for group in values]
    held = Held(place, tally, values, shares, CAPTIONS, confidence)
    return [distance_row(held, f"total_variation_{FROM}"), *difference_rows(held, f"difference_{FROM}")]
