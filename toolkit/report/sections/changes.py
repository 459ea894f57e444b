"""Tables of changes: the ledger, one word of a prompt, the data's own links, published shares."""

from __future__ import annotations

from collections.abc import Sequence

from toolkit.report.sections.section import (
    Row,
    Section,
    by_place,
    concept,
    points,
    section,
    share,
    signed,
    sure,
    without_mirrors,
)
from toolkit.report.wording import percent, plain_name, subject_name, tone_name

STEPS = ("raw", "kept", "captions", "generated")
MOVED_BY = {"kept": "curation", "captions": "captions", "generated": "the model"}


def ledger(rows: Sequence[Row]) -> Section | None:
    """Return, for each concept and value that a step moved, its share at every step, and which step that was."""
    steps = by_place(one for one in rows if one["measure"].startswith("ledger_"))
    moved = by_place(without_mirrors(one for one in rows if one["measure"] == "ledger_responsible"))
    found = []
    for key, one in moved.items():
        responsible = one["ledger_responsible"]
        if responsible["value"] is None:
            continue
        some = steps[key]
        subject, name, _, annotator, group, correction = key
        shares = [share(some.get(f"ledger_{step}")) for step in STEPS]
        by = MOVED_BY[str(responsible["reference"])]
        read = plain_name(annotator) + ("" if correction == "uncorrected" else f", {correction}")
        found.append(
            [subject_name(subject), concept(name), tone_name(group), read, *shares, by, points(responsible),
             sure(responsible)]
        )  # fmt: skip
    head = ("Model", "Concept", "Shown as", "Read by", "#All pairs", "#Kept", "#Captions name", "#Painted",
            "Moved most by", "#Points", "#")  # fmt: skip
    words = (
        "The share of each group among pictures of a concept, followed from all pairs of the data through those that "
        "curation kept and what their captions name to what was painted; one annotator reads the pictures of every "
        "step. Shown are those that a step moves beyond chance (q ≤ 0.05 over all steps, concepts and groups)."
    )
    return section("ledger", "Where the skew came in", words, head, found)


def counterfactuals(rows: Sequence[Row]) -> Section | None:
    """Return what one word of a prompt changes in what is read, on the same noise."""
    found = [
        [subject_name(row["subject"]), concept(row["slice"]), tone_name(row["group"]), row["attribute"],
         plain_name(row["annotator"]), points(row), f"{row['n']:,}", sure(row)]
        for row in without_mirrors(_ordered(rows, "counterfactual_effect"))
    ]  # fmt: skip
    head = ("Model", "Concept", "Shown as: by which word", "Attribute", "Read by", "#Points", "#Pairs", "#")
    words = "Two pictures of one prompt and one noise that differ in a word: how much more often the group is shown."
    return section("counterfactuals", "What one word changes", words, head, found)


def amplification(rows: Sequence[Row]) -> Section | None:
    """Return how much further than its data each model goes, over all concepts, by every definition."""
    names = {
        "amplification_all_captions": "from all pairs about the concept (Seshadri)",
        "amplification_neutral_captions": "from pairs whose captions name no group (Seshadri)",
        "amplification_nearest_captions": "from pairs whose captions are nearest to the prompts (Seshadri)",
        "amplification_zhao": "towards the group that the data favours (Zhao)",
        "amplification_directional": "from concept to attribute (Wang and Russakovsky)",
    }
    found = []
    for measure, words in names.items():
        for row in _ordered([one for one in rows if one["slice"] == "all"], measure):
            floor = "" if row["floor"] is None else signed(row["floor"])
            found.append(
                [subject_name(row["subject"]), row["attribute"], plain_name(row["annotator"]), words, points(row),
                 floor, sure(row)]
            )  # fmt: skip
    head = ("Model", "Attribute", "Read by", "How it is counted", "#Points", "#By chance", "#")
    text = (
        "Points of share, mean over concepts. Captions say more than prompts do, so that the first form alone says "
        "little; “by chance” is what equal shares would show with as few pictures."
    )
    return section("amplification", "Further than the data?", text, head, sorted(found))


def references(rows: Sequence[Row]) -> Section | None:
    """Return how far shares lie from published ones."""
    apart = without_mirrors(one for one in rows if one["measure"] == "difference_from_reference")
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
    return section("references", "Beside published shares", words, head, found)


def _ordered(rows: Sequence[Row], measure: str) -> list[Row]:
    """Return the rows of `measure` that could be measured; those surest to be no chance come first."""
    told = [row for row in rows if row["measure"] == measure and row["value"] is not None]
    return sorted(told, key=lambda row: (row["subject"], 1.0 if row["q"] is None else row["q"], -abs(row["value"])))
