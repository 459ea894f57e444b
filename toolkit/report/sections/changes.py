"""Tables of changes: the ledger, one word of a prompt, the data's own links, published shares."""

from __future__ import annotations

from collections.abc import Sequence

from toolkit.report.measured import ALL
from toolkit.report.sections.section import (
    Row,
    Section,
    by_place,
    concept,
    corrections_beside,
    ordered,
    points,
    section,
    share,
    signed,
    sure,
    without_mirrors,
)
from toolkit.report.wording import percent, plain_name, subject_name, tone_name

STEPS = ("raw", "kept", "captions", "generated")
CORRECTION = ("Correction",)  # a column where rows of several corrections stand beside each other
MOVED_BY = {"kept": "curation", "captions": "captions", "generated": "the model"}


def ledger(rows: Sequence[Row]) -> Section | None:
    """Return, for each concept and value that a step moved, its share at every step, and which step that was."""
    steps = by_place(one for one in rows if one["measure"].startswith("ledger_"))
    moved = by_place(without_mirrors(one for one in rows if one["measure"] == "ledger_responsible"))
    which = corrections_beside(row for some in steps.values() for row in some.values())
    found, behind = [], []
    for key, one in moved.items():
        responsible = one["ledger_responsible"]
        if responsible["value"] is None:
            continue
        some = steps[key]
        subject, name, _, annotator, group, correction = key
        shares = [share(some.get(f"ledger_{step}")) for step in STEPS]
        by = MOVED_BY[str(responsible["reference"])]
        behind += [some[one] for one in (f"ledger_{step}" for step in STEPS) if one in some]
        found.append(
            [subject_name(subject), concept(name), tone_name(group), plain_name(annotator),
             *([correction] if which else []), *shares, by, points(responsible), sure(responsible)]
        )  # fmt: skip
    head = ("Model", "Concept", "Shown as", "Read by", *CORRECTION[:which], "#All pairs", "#Kept", "#Captions name",
            "#Painted", "Moved most by", "#Points", "#")  # fmt: skip
    words = (
        "The share of each group among pictures of a concept, followed from all pairs of the data through those that "
        "curation kept and what their captions name to what was painted; one annotator reads the pictures of every "
        "step. Shown are those that a step moves beyond chance (q ≤ 0.05 over all steps, concepts and groups)."
    )
    return section("ledger", "Where the skew came in", words, head, found, behind=behind)


def counterfactuals(rows: Sequence[Row]) -> Section | None:
    """Return what one word of a prompt changes in what is read, on the same noise."""
    behind = [row for row in rows if row["measure"] == "counterfactual_effect"]
    which = corrections_beside(behind)
    found = [
        [subject_name(row["subject"]), concept(row["slice"]), tone_name(row["group"]), row["attribute"],
         plain_name(row["annotator"]), *([row["correction"]] if which else []), points(row), f"{row['n']:,}", sure(row)]
        for row in without_mirrors(ordered(behind))
    ]  # fmt: skip
    head = ("Model", "Concept", "Shown as: by which word", "Attribute", "Read by", *CORRECTION[:which], "#Points",
            "#Pairs", "#")  # fmt: skip
    words = "Two pictures of one prompt and one noise that differ in a word: how much more often the group is shown."
    return section("counterfactuals", "What one word changes", words, head, found, behind=behind)


def amplification(rows: Sequence[Row]) -> Section | None:
    """Return how much further than its data each model goes, over all concepts, by every definition."""
    names = {
        "amplification_all_captions": "from all pairs about the concept (Seshadri)",
        "amplification_neutral_captions": "from pairs whose captions name no group (Seshadri)",
        "amplification_nearest_captions": "from pairs whose captions are nearest to the prompts (Seshadri)",
        "amplification_zhao": "towards the group that the data favours (Zhao)",
        "amplification_directional": "from concept to attribute (Wang and Russakovsky)",
    }
    behind = [row for row in rows if row["slice"] == ALL and row["measure"] in names]
    which = corrections_beside(behind)
    found = []
    for row in ordered(behind):
        floor = "" if row["floor"] is None else signed(row["floor"])
        found.append(
            [subject_name(row["subject"]), row["attribute"], plain_name(row["annotator"]), names[row["measure"]],
             *([row["correction"]] if which else []), points(row), floor, sure(row)]
        )  # fmt: skip
    found.sort(key=lambda cells: cells[:4])  # corrections stay in their order
    head = ("Model", "Attribute", "Read by", "How it is counted", *CORRECTION[:which], "#Points", "#By chance", "#")
    text = (
        "Points of share, mean over concepts. Captions say more than prompts do, so that the first form alone says "
        "little; “by chance” is what equal shares would show with as few pictures. Of “all sources (data)” it is what "
        "curation did: kept pairs against raw ones, and by chance as many dropped at random."
    )
    return section("amplification", "Further than the data?", text, head, found, behind=behind)


def references(rows: Sequence[Row]) -> Section | None:
    """Return how far shares lie from published ones."""
    behind = [one for one in rows if one["measure"] == "difference_from_reference"]
    apart = without_mirrors(behind)
    places = by_place([*apart, *(one for one in rows if one["measure"] == "share")])
    found = []
    for (subject, name, _, annotator, group, correction), some in places.items():
        row, own = some.get("difference_from_reference"), some.get("share")
        if row is None or row["value"] is None or own is None or own["value"] is None:
            continue
        found.append(
            [subject_name(subject), concept(name), tone_name(group), plain_name(annotator), correction, share(own),
             percent(own["value"] - row["value"]), points(row), sure(row), row["reference"] or ""]
        )  # fmt: skip
    head = ("Subject", "Concept", "Shown as", "Read by", "Correction", "#Share", "#Reference", "#Points", "#", "Source")
    words = "Published figures describe what was asked of whom they name; they are no measure of how people look."
    return section("references", "Beside published shares", words, head, found, behind=behind)
