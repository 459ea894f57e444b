"""Tables of people: shares where every face counts, and whether those who reviewed pictures agree."""

from __future__ import annotations

from collections.abc import Sequence

from toolkit.report.measured import RAW
from toolkit.report.sections.section import Row, Section, by_place, concept, number, section, share
from toolkit.report.wording import plain_name, subject_name, tone_name

SHARE_OF_PEOPLE, AGREEMENT = "share_of_people", "reviewer_agreement"
RELIABLE, TENTATIVE = 0.8, 0.667  # Krippendorff (2004), "Content Analysis", chapter 11


def people(rows: Sequence[Row]) -> Section | None:
    """Return the shares among all people beside those among pictures."""
    behind = [row for row in rows if row["measure"] == SHARE_OF_PEOPLE]
    beside = [row for row in rows if row["measure"] == "share" and row["correction"] == RAW] if behind else []
    found = []
    for (subject, name, attribute, annotator, group, _), some in by_place([*behind, *beside]).items():
        row = some.get(SHARE_OF_PEOPLE)
        if row is None or row["value"] is None:
            continue
        found.append(
            [subject_name(subject), concept(name), tone_name(group), attribute, plain_name(annotator), f"{row['n']:,}",
             share(row), share(some.get("share"))]
        )  # fmt: skip
    head = ("Subject", "Concept", "Shown as", "Attribute", "Read by", "#People told", "#Share of people",
            "#Share of pictures")  # fmt: skip
    words = (
        "Every face counted, beside shares of pictures, for which the largest face stands. People of one picture may "
        "all be alike, so the interval counts pictures."
    )
    return section("people", "Every face counted", words, head, found, behind=behind)


def agreement(rows: Sequence[Row]) -> Section | None:
    """Return whether people who reviewed the same pictures agree, and what that bears."""
    behind = [row for row in rows if row["measure"] == AGREEMENT]
    found = [
        [subject_name(row["subject"]), row["attribute"], f"{row['n']:,}", number(row), bears(row["value"])]
        for row in behind
        if row["value"] is not None
    ]
    head = ("Subject", "Attribute", "#Reviewed by two or more", "#Krippendorff's alpha", "What it bears")
    words = (
        "1 where people always agree, 0 where they do as by chance; “can't tell” is an answer of its own. Shares "
        "corrected by reviews rest on it."
    )
    return section("agreement", "Do reviewers agree?", words, head, found, behind=behind)


def bears(alpha: float) -> str:
    """Return what a Krippendorff's alpha bears, in words; the limits are his (2004, "Content Analysis", 11.4)."""
    if alpha >= RELIABLE:
        return f"conclusions (at least {RELIABLE})"
    if alpha >= TENTATIVE:
        return f"tentative conclusions (at least {TENTATIVE})"
    return f"too little to conclude from (below {TENTATIVE})"
