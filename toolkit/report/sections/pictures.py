"""Tables of pictures as a whole: diversity, adherence, nearness to the training pictures; and of the network itself."""

from __future__ import annotations

from collections.abc import Sequence

from toolkit.report.sections.section import Row, Section, by_chance, by_place, concept, number, section, share, sure
from toolkit.report.wording import subject_name

HELD_OUT, NEIGHBOURS = "share_above_held_out_99", "share_above_neighbours_99"
SIMILARITY = "nearest_training_similarity"
SEEN = (
    "vendi", "intra_prompt_similarity", "clip_score", "own_prompt_nearest", SIMILARITY, NEIGHBOURS, HELD_OUT,
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
        first, copied = some.get("own_prompt_nearest"), some.get(NEIGHBOURS)
        found.append(
            [subject_name(subject), concept(name), number(some.get("vendi")),
             number(some.get("intra_prompt_similarity")), number(some.get("clip_score")),
             share(first) + by_chance(first), number(some.get(SIMILARITY)),
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


def memory(rows: Sequence[Row]) -> Section | None:
    """Return how near pictures are to training pictures alone, with how sure it is that they are nearer than usual."""
    behind = [row for row in rows if row["measure"] in (SIMILARITY, NEIGHBOURS, HELD_OUT)]
    known = any(row["measure"] == HELD_OUT and row["value"] is not None for row in behind)
    found = []
    for (subject, name, *_), some in by_place(behind).items():
        told = [some.get(NEIGHBOURS), *([some.get(HELD_OUT)] if known else [])]
        if any(row["value"] is not None for row in some.values()):
            shares = [cell for row in told for cell in (share(row) + by_chance(row), sure(row))]
            found.append([subject_name(subject), concept(name), number(some.get(SIMILARITY)), *shares])
    head = ("Subject", "Concept", "#Nearest training picture", "#Nearer than 99 % of the set", "#",
            *(["#Nearer than 99 % of what training did not see", "#"] if known else []))  # fmt: skip
    words = (
        "The median cosine of a picture and its nearest training picture, and the share of pictures that lie nearer to "
        "one than 99 % of the training pictures lie to their nearest other one; in brackets how many training pictures "
        "themselves do."
    )
    return section("memory", "How near to training pictures", words, head, found, behind=behind)


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
