"""Tables of two attributes together: whether they go together at all, and which of their values meet."""

from __future__ import annotations

from collections.abc import Sequence

from toolkit.report.sections.section import (
    Row,
    Section,
    by_place,
    concept,
    number,
    ordered,
    points,
    section,
    share,
    signed,
    sure,
    whole_of_datasets,
)
from toolkit.report.wording import plain_name, subject_name, tone_name

DEPENDENCE, EXCESS, SHARE = "intersection_dependence", "intersection_excess", "intersection_share"
AND = " & "
SMALL = "small: "  # so begins, in `method`, how many pictures a cell of few pictures has


def dependence(rows: Sequence[Row]) -> Section | None:
    """Return how strongly two attributes go together, all their values at once."""
    behind = whole_of_datasets(row for row in rows if row["measure"] == DEPENDENCE)
    found = [
        [subject_name(row["subject"]), concept(row["slice"]), row["attribute"], _readers(row), number(row),
         "" if row["floor"] is None else f"{row['floor']:.2f}", sure(row)]
        for row in ordered(behind)
    ]  # fmt: skip
    head = ("Subject", "Concept", "Attributes", "Read by", "#Cramer's V", "#By chance", "#")
    words = (
        "0 where two attributes have nothing to do with each other, 1 where one says the other; “by chance” is what as "
        "few pictures show on average where they have not. Annotators that err alike tie attributes together too."
    )
    return section("dependence", "Do two attributes go together?", words, head, found, behind=behind)


def intersections(rows: Sequence[Row]) -> Section | None:
    """Return how often two values are read of one picture, and how much more often than their own shares say."""
    behind = whole_of_datasets(row for row in rows if row["measure"] in (EXCESS, SHARE))
    places = by_place(behind)
    found, small = [], []
    for row in ordered(one for one in behind if one["measure"] == EXCESS):
        names = ("subject", "slice", "attribute", "annotator", "group", "correction")
        own = places[tuple(row[one] for one in names)].get(SHARE)
        few = (row.get("method") or "").partition(SMALL)[2]
        small.append(bool(few))
        found.append(
            [subject_name(row["subject"]), concept(row["slice"]), _values(row["group"]), _readers(row),
             f"{few} of {row['n']:,}: few" if few else f"{row['n']:,} pictures", share(own), points(row),
             "" if row["floor"] is None else signed(row["floor"]), sure(row)]
        )  # fmt: skip
    head = ("Subject", "Concept", "Read as both", "Read by", "#Of", "#Share", "#Points", "#By chance", "#")
    words = (
        "Points above or below the product of the two values' own shares, which is what their shares alone would "
        "give. Grey cells, marked “few”, rest on fewer than ten pictures. Of "
        "datasets, which are described without intervals, all concepts together."
    )
    title = "Which values meet more often than their shares say"
    return section("intersections", title, words, head, found, behind=behind, small=small)


def _readers(row: Row) -> str:
    return AND.join(plain_name(one) for one in row["annotator"].split(AND))


def _values(group: str) -> str:
    return AND.join(tone_name(one) for one in group.split(AND))
