"""Tables of pictures as a whole: diversity, adherence, nearness to the training pictures; and of the network itself."""

from __future__ import annotations

from collections.abc import Sequence

from toolkit.report.sections.section import Row, Section, by_chance, by_place, concept, number, section, share, sure
from toolkit.report.wording import subject_name

HELD_OUT = "share_above_held_out_99"
SEEN = (
    "vendi", "intra_prompt_similarity", "clip_score", "own_prompt_nearest", "nearest_training_similarity",
    "share_above_neighbours_99", HELD_OUT,
)  # fmt: skip


def pictures(rows: Sequence[Row]) -> Section | None:
    """Return how different pictures are, whether they show what was asked, and how near training pictures are."""
    behind = [one for one in rows if one["measure"] in SEEN]
    known = any(
        one["measure"] == HELD_OUT and one["value"] is not None for one in behind
    )  # which pictures training kept out
    found = []
    for (subject, name, *_), some in by_place(behind).items():
        if all(row["value"] is None for row in some.values()):
            continue
        first, copied = some.get("own_prompt_nearest"), some.get("share_above_neighbours_99")
        found.append(
            [subject_name(subject), concept(name), number(some.get("vendi")),
             number(some.get("intra_prompt_similarity")), number(some.get("clip_score")),
             share(first) + by_chance(first), number(some.get("nearest_training_similarity")),
             share(copied) + by_chance(copied),
             *([share(some.get(HELD_OUT)) + by_chance(some.get(HELD_OUT))] if known else [])]
        )  # fmt: skip
    head = ("Subject", "Concept", "#Vendi score", "#Alike within a prompt", "#CLIP score", "#Own prompt is nearest",
            "#Nearest training picture", "#Nearer than 99 % of the set",
            *(["#Nearer than 99 % of what training did not see"] if known else []))  # fmt: skip
    words = (
        "As the pairing network sees them. The Vendi score counts how many different pictures there are, in subsets of "
        "one size; the cosine of two pictures of one prompt, and of a picture and its prompt, lies between -1 and 1. "
        "In brackets after “chance” what pictures of other prompts, the training pictures themselves, or those that "
        "training did not see show."
    )
    return section("pictures", "How different, how faithful, how new", words, head, found, behind=behind)


def associations(rows: Sequence[Row]) -> Section | None:
    """Return what the pairing network itself ties together (WEAT)."""
    behind = [row for row in rows if row["measure"] == "weat"]
    told = [row for row in behind if row["value"] is not None]
    told.sort(key=lambda row: (-row["value"], row["group"]))
    found = [[row["group"], number(row), sure(row)] for row in told]
    words = (
        "The network that reads the pictures has learned words too. Effect sizes lie between -2 and 2, and above 0 "
        "where the first words lie nearer to each other than the second do; what it ties together its labels may too."
    )
    return section(
        "associations", "What the pairing network itself associates", words, ("Words", "#d", "#"), found, behind=behind
    )
