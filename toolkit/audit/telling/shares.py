"""Shares told in words: who is painted, what a dataset shows, and where it could not be told."""

from __future__ import annotations

from toolkit.audit.calibration import Reliability
from toolkit.audit.measuring.rows import UNCORRECTED
from toolkit.audit.measuring.tallies import is_census
from toolkit.audit.subjects import ALL, DATA
from toolkit.audit.telling import wording
from toolkit.audit.telling.finding import (
    CENSUS,
    DRAWN,
    UNREADABLE,
    Finding,
    Measures,
    Row,
    is_sure,
    make_finding,
    told_share,
)

FEWEST = 5  # concepts that a census must cover before its total is worth a headline
ABSENCES = frozenset({"not violent", "no text", "safe"})  # that something is not there, as mostly, is no finding
LEAST_AGREEMENT = 0.667
OUTSIDE = "share_outside_human_skin"


def tell_share(row: Row, known: Measures) -> Finding | None:
    """Return a share that lies beyond equal ones; of two groups that mirror each other only the larger is told."""
    k = known.groups(row)
    if k < 2:
        return None
    equal = 1 / k
    if row["group"] in ABSENCES or row["value"] < equal or (k == 2 and row["value"] == equal):
        return None
    if is_census(row["subject"]):
        if row["slice"] != ALL or row["n"] < FEWEST:
            return None
        return make_finding(row, wording.census_title(row), (row["value"] - equal) * told_share(row), CENSUS)
    if not is_sure(row):
        return None
    strength = max(0.0, row["low"] - equal - row["floor"]) * told_share(row)
    return make_finding(row, f"{wording.drawn_title(row)}; uniform: {wording.percent(equal)}", strength, DRAWN)


def tell_outside(row: Row, known: Measures) -> Finding | None:
    """A colour that is no human skin tone, such as the yellow of emoji, is a finding where it is most of a slice."""
    if row["slice"] != ALL or row["n"] < FEWEST or row["value"] <= 0.5:
        return None
    count = f"{round(row['value'] * row['n'])} of {row['n']}"
    if is_census(row["subject"]):
        source = row["subject"].removeprefix(DATA)
        title = f"{source} draws the person of no named skin tone in a colour outside human skin: {count} pictures"
        return make_finding(row, title, row["value"] - 0.5, CENSUS)
    title = f"{row['subject']} paints people in a colour outside human skin {wording.percent(row['value'])} of the time"
    return make_finding(row, f"{title} {wording.interval(row)}, n = {row['n']}", max(0.0, row["low"] - 0.5), DRAWN)


def tell_abstained(row: Row, known: Measures) -> Finding | None:
    """Pictures that mostly cannot be read are a finding too: every share of them rests on the few that could. Where
    most show a colour outside human skin, that is told instead."""
    if row["slice"] != ALL or is_census(row["subject"]) or row["value"] <= 0.5 or known.holds(row, OUTSIDE, 0.5):
        return None
    what = (
        f"{row['attribute']} could not be told on {wording.percent(row['value'])} of the pictures of {row['subject']}"
    )
    rest = "no share can be given" if row["abstained"] == row["n"] else "its shares rest on the others"
    title = f"{what} {wording.interval(row)}, n = {row['n']}: {rest}"
    return make_finding(row, title, max(0.0, row["low"] - 0.5), UNREADABLE)


def tell_disagreement(row: Row, known: Measures) -> Finding | None:
    """Return that people who reviewed the same pictures agree too little for their verdicts to correct anything
    (Krippendorff 2004, "Content Analysis", chapter 11). Strength is 1 minus alpha, as of an annotator that is off."""
    if row["value"] >= LEAST_AGREEMENT:
        return None
    title = (
        f"{row['attribute']} of {row['subject']}'s pictures could not be told by people: those who reviewed the same "
        f"pictures agree with an alpha of {row['value']:.2f} [{row['low']:.2f}, {row['high']:.2f}], n = {row['n']} "
        f"(Krippendorff; {LEAST_AGREEMENT} is the least to conclude from), and no share that their reviews correct is "
        "told here"
    )
    return make_finding(row, title, 1 - row["value"], UNREADABLE)


def tell_unreliable(one: Reliability) -> Finding:
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
