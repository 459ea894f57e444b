"""Measures ranked into findings: sentences in plain words, each with the figures it rests on.

They say how people are presented and perceived in pictures, never who anyone is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from toolkit.audit.calibration import Reliability
from toolkit.audit.measuring.adherence import FIRST
from toolkit.audit.measuring.amplification import NEAREST
from toolkit.audit.measuring.association import WEAT
from toolkit.audit.measuring.content import BETWEEN, FROM_DATA
from toolkit.audit.measuring.counterfactuals import MEASURE as COUNTERFACTUAL
from toolkit.audit.measuring.intersections import EXCESS
from toolkit.audit.measuring.references import DIFFERENCE
from toolkit.audit.measuring.reviewed import AGREEMENT, PREDICTION_POWERED
from toolkit.audit.measuring.rows import UNCORRECTED
from toolkit.audit.measuring.tallies import CAPTION_WORDS
from toolkit.audit.subjects import ALL
from toolkit.audit.telling.changes import tell_amplification, tell_counterfactual, tell_ledger, tell_reference
from toolkit.audit.telling.content import tell_between, tell_from_data
from toolkit.audit.telling.finding import NETWORK, Finding, Measures, Row
from toolkit.audit.telling.pictures import (
    HELD_OUT,
    NEIGHBOURS,
    tell_adherence,
    tell_association,
    tell_copies,
    tell_copies_held_out,
)
from toolkit.audit.telling.shares import (
    LEAST_AGREEMENT,
    OUTSIDE,
    tell_abstained,
    tell_disagreement,
    tell_outside,
    tell_share,
    tell_unreliable,
)
from toolkit.audit.telling.together import tell_intersection

MOST_ALIKE = 2  # findings of one kind and attribute among those shown, so that a reader sees the breadth
MOST_OF_A_KIND = 3  # of one kind, so that what was drawn and what was counted are both seen

TELLERS: dict[str, Callable[[Row, Measures], Finding | None]] = {
    "share": tell_share,
    OUTSIDE: tell_outside,
    "share_abstained": tell_abstained,
    AGREEMENT: tell_disagreement,
    EXCESS: tell_intersection,
    "ledger_responsible": tell_ledger,
    COUNTERFACTUAL: tell_counterfactual,
    NEAREST: tell_amplification,
    DIFFERENCE: tell_reference,
    BETWEEN: tell_between,
    FROM_DATA: tell_from_data,
    NEIGHBOURS: tell_copies,
    HELD_OUT: tell_copies_held_out,
    FIRST: tell_adherence,
    WEAT: tell_association,
}


def find(measures: Iterable[Row], unreliable: Sequence[Reliability] = ()) -> list[Finding]:
    """Return all findings in `measures`, strongest first; ties in the order of their keys.

    Where a share could be corrected for the annotator's errors, the corrected one is told, by reviews where people
    agree. From an annotator that is `unreliable` no raw share is told, but that it is; so of reviewers who disagree.
    What is told of each measure is in `toolkit.audit.telling`: a model's figure where its q is at most 0.05 and its
    interval lies beyond the noise floor.
    """
    doubted = {(one.annotator, one.attribute) for one in unreliable}
    rows = [row for row in _best(_of_agreed_reviews(list(measures))) if _trusted(row, doubted)]
    rows.sort(key=lambda r: tuple(r[c] for c in ("subject", "slice", "attribute", "group", "annotator")))
    known = Measures(rows)
    found: list[Finding | None] = [tell_unreliable(one) for one in unreliable]
    found += [
        TELLERS[row["measure"]](row, known)
        for row in rows
        if row["value"] is not None and row["annotator"] != CAPTION_WORDS and row["measure"] in TELLERS
    ]
    kept = [one for one in found if one is not None and one.strength > 0]
    return sorted(kept, key=lambda one: (-one.strength, one.slice != ALL, *one[1:7]))


def _of_agreed_reviews(measures: list[Row]) -> list[Row]:
    """Return `measures` without shares that reviews correct whose reviewers agree too little."""
    disputed = {
        (row["subject"], row["attribute"])
        for row in measures
        if row["measure"] == AGREEMENT and row["value"] is not None and row["value"] < LEAST_AGREEMENT
    }
    return [
        row
        for row in measures
        if row["correction"] != PREDICTION_POWERED or (row["subject"], row["attribute"]) not in disputed
    ]


def _best(measures: list[Row]) -> list[Row]:
    """Return `measures` without the figures of places that have better ones: corrected ones are better than raw ones,
    and best those that reviews of the very pictures correct."""
    best: dict[tuple[str, ...], int] = {}
    for row in measures:
        if row["value"] is not None:
            best[_measured(row)] = max(best.get(_measured(row), 0), _trust(row))
    return [row for row in measures if _trust(row) >= best.get(_measured(row), 0)]


def _measured(row: Row) -> tuple[str, ...]:
    return tuple(row[one] for one in ("subject", "slice", "attribute", "annotator", "measure"))


def _trust(row: Row) -> int:
    return {UNCORRECTED: 0, PREDICTION_POWERED: 2}.get(row["correction"], 1)


def _trusted(row: Row, doubted: set[tuple[str, str]]) -> bool:
    return row["correction"] != UNCORRECTED or (row["annotator"], row["attribute"]) not in doubted


def strongest(findings: Sequence[Finding], count: int = 5) -> list[Finding]:
    """Return the `count` strongest of ranked `findings` with variety.

    At most two share an attribute and a kind, at most three a kind, and no two speak of one slice of one subject, as
    long as there are others; then the rest fill up in their order. What the network that reads the pictures ties
    together comes last: it is about the ruler.
    """
    chosen: list[Finding] = []
    alike: Counter[tuple[str, str]] = Counter()
    kinds: Counter[str] = Counter()
    places: set[tuple[str, str, str]] = set()
    for one in findings:
        place = (one.subject, one.slice, one.attribute)
        fresh = one.kind != NETWORK and alike[one.attribute, one.kind] < MOST_ALIKE and kinds[one.kind] < MOST_OF_A_KIND
        if len(chosen) < count and fresh and place not in places:
            chosen.append(one)
            alike[one.attribute, one.kind] += 1
            kinds[one.kind] += 1
            places.add(place)
    chosen += [one for one in findings if one not in chosen][: count - len(chosen)]
    return sorted(chosen, key=findings.index)
