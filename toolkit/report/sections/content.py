"""Tables of what pixels say: means, how they differ from the data's, and between groups."""

from __future__ import annotations

from collections.abc import Sequence

from toolkit.report.measured import ALL
from toolkit.report.sections.section import (
    Row,
    Section,
    concept,
    corrections_beside,
    number,
    ordered,
    section,
    sure,
    whole_of_datasets,
)
from toolkit.report.subjects import DATA
from toolkit.report.wording import plain_name, subject_name

MEAN, FROM_DATA, BETWEEN = "content_mean", "content_difference_from_data", "content_difference_between_groups"
ONE_DIGIT = "colourfulness"  # the score that is no part of 1


def means(rows: Sequence[Row]) -> Section | None:
    """Return the mean of every score, a row a subject and concept."""
    behind = [row for row in rows if row["measure"] == MEAN]
    scores = list(dict.fromkeys(row["group"] for row in behind if row["value"] is not None))
    places: dict[tuple[str, str], dict[str, Row]] = {}
    for row in sorted(behind, key=lambda row: (row["subject"].startswith(DATA), row["subject"], row["slice"] == ALL)):
        if row["value"] is not None:
            places.setdefault((row["subject"], row["slice"]), {})[row["group"]] = row
    found = [
        [subject_name(subject), concept(name), *(mean_figure(some.get(one)) for one in scores)]
        for (subject, name), some in places.items()
    ]
    head = ("Subject", "Concept", *(f"#{plain_name(one).capitalize()}" for one in scores))
    words = (
        "Of pixels alone. Colourfulness runs from 0 (grey) to about 110, contrast to 0.5, sharpness to about 5, all "
        "others from 0 to 1; “plain ground” is the share of a picture that has the colour of its rim."
    )
    return section("content", "What the pictures look like", words, head, found, behind=behind)


def from_data(rows: Sequence[Row]) -> Section | None:
    """Return how a model's pictures differ from the data's of the same concepts, those surest to do so first."""
    behind = [row for row in rows if row["measure"] == FROM_DATA]
    found = [
        [subject_name(row["subject"]), concept(row["slice"]), plain_name(row["group"]), *difference(row)]
        for row in ordered(behind)
    ]
    head = ("Model", "Concept", "Score", "#Difference", "#By chance", "#")
    words = "The model's mean minus that of the data's kept pictures, concept by concept, in the units of each score."
    return section("content-from-data", "Painted otherwise than the data?", words, head, found, behind=behind)


def between_groups(rows: Sequence[Row]) -> Section | None:
    """Return how pictures of one group differ from those of others, those surest to do so first."""
    behind = whole_of_datasets(row for row in rows if row["measure"] == BETWEEN)
    which = corrections_beside(behind)
    found = []
    for row in ordered(behind):
        score, _, groups = row["group"].partition(": ")
        found.append(
            [subject_name(row["subject"]), concept(row["slice"]), plain_name(score), groups, row["attribute"],
             plain_name(row["annotator"]), *([row["correction"]] if which else []), *difference(row)]
        )  # fmt: skip
    head = ("Subject", "Concept", "Score", "Which", "Attribute", "Read by", *(["Correction"] if which else []),
            "#Difference", "#By chance", "#")  # fmt: skip
    words = (
        "The mean of a group's pictures minus that of the others, within concepts, so that what a group is painted "
        "doing is no difference. Of datasets, which are described without intervals, all concepts together."
    )
    return section("content-groups", "Is one group painted otherwise than another?", words, head, found, behind=behind)


def difference(row: Row) -> tuple[str, str, str]:
    """Return the difference with its interval and sign, what chance gives, and q."""
    digits = digits_of(row)
    chance = "" if row["floor"] is None else f"{row['floor']:.{digits}f}"
    said = number(row, digits)
    return said if said.startswith("-") else f"+{said}", chance, sure(row)


def mean_figure(row: Row | None) -> str:
    """Return a mean with its interval, as many digits as its score takes; empty where there is no row."""
    return "" if row is None else number(row, digits_of(row))


def digits_of(row: Row) -> int:
    """Return how many decimals a figure of a score is told with."""
    return 1 if row["group"].startswith(ONE_DIGIT) else 2
