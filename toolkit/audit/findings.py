"""Measures ranked into findings: sentences in plain words, each with the figures it rests on.

They say how people are presented and perceived in pictures, never who anyone is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from toolkit.audit import wording
from toolkit.audit.calibration import Reliability
from toolkit.audit.measuring.reviewed import PREDICTION_POWERED
from toolkit.audit.measuring.rows import UNCORRECTED
from toolkit.audit.measuring.tallies import CAPTION_WORDS, is_census
from toolkit.audit.subjects import ALL, DATA

Row = dict[str, Any]
DRAWN, CENSUS, UNREADABLE = "drawn", "census", "could not be told"
SIGNIFICANT = 0.05
MOST_ALIKE = 2  # findings of one kind and attribute among those shown, so that a reader sees the breadth
MOST_OF_A_KIND = 3  # of one kind, so that what was drawn and what was counted are both seen
ABSENCES = frozenset({"not violent", "no text", "safe"})  # that something is not there, as mostly, is no finding
FEWEST = 5  # concepts that a census must cover before its total is worth a headline


class Finding(NamedTuple):
    """A sentence and the row of the measures table behind it.

    `strength` in [0, 1] is how far the interval lies from the reference beyond the noise floor; for a census, how far
    the share does. `kind` is `drawn` (a model's pictures), `census` (a dataset's) or `could not be told`.
    """

    title: str
    subject: str
    slice: str
    attribute: str
    group: str
    measure: str
    annotator: str
    correction: str
    value: float
    low: float | None
    high: float | None
    n: int
    floor: float | None
    q: float | None
    strength: float
    kind: str


def find(measures: Iterable[Row], unreliable: Sequence[Reliability] = ()) -> list[Finding]:
    """Return all findings in `measures`, strongest first; ties in the order of their keys.

    Where a share could be corrected for the annotator's errors, the corrected one is told. From an annotator that is
    `unreliable` no raw share is told, but that it is. A model's share counts where its q is at most 0.05 and its
    interval lies beyond the noise floor. Of two groups that mirror each other only the larger is told.
    """
    doubted = {(one.annotator, one.attribute) for one in unreliable}
    rows = [row for row in _best(list(measures)) if _trusted(row, doubted)]
    rows.sort(key=lambda r: tuple(r[c] for c in ("subject", "slice", "attribute", "group", "annotator")))
    sizes = _group_counts(rows)
    outside = _mostly_outside(rows)
    found: list[Finding | None] = [_unreliable(one) for one in unreliable]
    for row in rows:
        if row["value"] is None or row["annotator"] == CAPTION_WORDS:
            continue
        k = sizes.get((row["subject"], row["attribute"], row["annotator"], row["correction"]), 0)
        if row["measure"] == "share" and k > 1:
            found.append(_share(row, k))
        elif row["measure"] == "share_outside_human_skin":
            found.append(_outside(row))
        elif row["measure"] == "share_abstained" and (row["subject"], row["slice"], row["attribute"]) not in outside:
            found.append(_abstained(row))
    kept = [one for one in found if one is not None and one.strength > 0]
    return sorted(kept, key=lambda one: (-one.strength, one.slice != ALL, *one[1:7]))


def _best(measures: list[Row]) -> list[Row]:
    """Return `measures` without the shares of places that have better ones: corrected ones are better than raw ones,
    and best those that reviews of the very pictures correct."""
    best: dict[tuple[str, ...], int] = {}
    for row in measures:
        if row["measure"] == "share" and row["value"] is not None:
            best[_where(row)] = max(best.get(_where(row), 0), _trust(row))
    return [row for row in measures if row["measure"] != "share" or _trust(row) >= best.get(_where(row), 0)]


def _where(row: Row) -> tuple[str, ...]:
    return tuple(row[one] for one in ("subject", "slice", "attribute", "annotator"))


def _trust(row: Row) -> int:
    return {UNCORRECTED: 0, PREDICTION_POWERED: 2}.get(row["correction"], 1)


def _trusted(row: Row, doubted: set[tuple[str, str]]) -> bool:
    return row["correction"] != UNCORRECTED or (row["annotator"], row["attribute"]) not in doubted


def strongest(findings: Sequence[Finding], count: int = 5) -> list[Finding]:
    """Return the `count` strongest of ranked `findings` with variety.

    At most two share an attribute and a kind, at most three a kind, and no two speak of one slice of one subject, as
    long as there are others; then the rest fill up in their order.
    """
    chosen: list[Finding] = []
    alike: Counter[tuple[str, str]] = Counter()
    kinds: Counter[str] = Counter()
    places: set[tuple[str, str, str]] = set()
    for one in findings:
        place = (one.subject, one.slice, one.attribute)
        fresh = alike[one.attribute, one.kind] < MOST_ALIKE and kinds[one.kind] < MOST_OF_A_KIND
        if len(chosen) < count and fresh and place not in places:
            chosen.append(one)
            alike[one.attribute, one.kind] += 1
            kinds[one.kind] += 1
            places.add(place)
    chosen += [one for one in findings if one not in chosen][: count - len(chosen)]
    return sorted(chosen, key=findings.index)


def _group_counts(rows: Sequence[Row]) -> dict[tuple[str, str, str, str], int]:
    groups: dict[tuple[str, str, str, str], set[str]] = {}
    for row in rows:
        if row["measure"] == "share":
            groups.setdefault((row["subject"], row["attribute"], row["annotator"], row["correction"]), set()).add(
                row["group"]
            )
    return {key: len(some) for key, some in groups.items()}


def _mostly_outside(rows: Sequence[Row]) -> set[tuple[str, str, str]]:
    return {
        (row["subject"], row["slice"], row["attribute"])
        for row in rows
        if row["measure"] == "share_outside_human_skin" and row["value"] > 0.5
    }


def _share(row: Row, k: int) -> Finding | None:
    equal = 1 / k
    if row["group"] in ABSENCES or row["value"] < equal or (k == 2 and row["value"] == equal):
        return None
    if is_census(row["subject"]):
        if row["slice"] != ALL or row["n"] < FEWEST:
            return None
        return _finding(row, wording.census_title(row), (row["value"] - equal) * _told(row), CENSUS)
    if row["q"] is None or row["q"] > SIGNIFICANT:
        return None
    strength = max(0.0, row["low"] - equal - row["floor"])
    return _finding(row, f"{wording.drawn_title(row)}; uniform: {wording.percent(equal)}", strength, DRAWN)


def _told(row: Row) -> float:
    """Return the share of a census that the annotator could read."""
    return float(row["n"] / max(1, row["n"] + row["abstained"]))


def _outside(row: Row) -> Finding | None:
    """A colour that is no human skin tone, such as the yellow of emoji, is a finding where it is most of a slice."""
    if row["slice"] != ALL or row["n"] < FEWEST or row["value"] <= 0.5:
        return None
    count = f"{round(row['value'] * row['n'])} of {row['n']}"
    if is_census(row["subject"]):
        source = row["subject"].removeprefix(DATA)
        title = f"{source} draws the person of no named skin tone in a colour outside human skin: {count} pictures"
        return _finding(row, title, row["value"] - 0.5, CENSUS)
    title = f"{row['subject']} paints people in a colour outside human skin {wording.percent(row['value'])} of the time"
    return _finding(row, f"{title} {wording.interval(row)}, n = {row['n']}", max(0.0, row["low"] - 0.5), DRAWN)


def _abstained(row: Row) -> Finding | None:
    """Pictures that mostly cannot be read are a finding too: every share of them rests on the few that could."""
    if row["slice"] != ALL or is_census(row["subject"]) or row["value"] <= 0.5:
        return None
    what = (
        f"{row['attribute']} could not be told on {wording.percent(row['value'])} of the pictures of {row['subject']}"
    )
    rest = "no share can be given" if row["abstained"] == row["n"] else "its shares rest on the others"
    title = f"{what} {wording.interval(row)}, n = {row['n']}: {rest}"
    return _finding(row, title, max(0.0, row["low"] - 0.5), UNREADABLE)


def _unreliable(one: Reliability) -> Finding:
    """A ruler that is off is told first: strength 1 minus the agreement it reaches."""
    low, high = one.interval
    figures = f"{wording.percent(one.agreement)} of the time [{100 * low:.0f}, {100 * high:.0f}], n = {one.told}"
    return Finding(
        title=f"{one.annotator} reads {one.attribute} as known pictures name it only {figures}: its shares are in the "
        "tables, but none is told here",
        subject="annotators",
        slice=ALL,
        attribute=one.attribute,
        group=ALL,
        measure="agreement",
        annotator=one.annotator,
        correction=UNCORRECTED,
        value=round(one.agreement, 6),
        low=round(low, 6),
        high=round(high, 6),
        n=one.told,
        floor=None,
        q=None,
        strength=round(1 - one.agreement, 6),
        kind=UNREADABLE,
    )


def _finding(row: Row, title: str, strength: float, kind: str) -> Finding:
    figures = {name: row[name] for name in Finding._fields if name in row}
    return Finding(title=title, strength=round(float(strength), 6), kind=kind, **figures)
