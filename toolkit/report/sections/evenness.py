"""The table of how evenly the groups of an attribute are shown, as others count it, and what abstentions could hide."""

from __future__ import annotations

from collections.abc import Sequence

from toolkit.report.sections.section import Row, Section, by_chance, by_place, concept, number, section, share, sure
from toolkit.report.wording import percent, plain_name, subject_name, tone_name

DISTANCE = "total_variation"
MEASURES = ("mean_absolute_deviation", "jensen_shannon", "normalized_entropy", "ratio")
WORST = ("share_worst_low", "share_worst_high")


def evenness(rows: Sequence[Row]) -> Section | None:
    """Return, for every model, concept and attribute, how far its shares lie from equal ones, beside what a fair model
    shows by chance; and the bounds of its largest share, were every abstention another group, or this one."""
    behind = [row for row in rows if row["measure"] == DISTANCE or row["measure"] in MEASURES]
    worst = _bounds(rows)
    found = []
    for place, some in sorted(by_place(behind).items(), key=lambda one: (one[0][0], *one[0][2:4])):
        subject, name, attribute, annotator, *_ = place
        distance = some.get(DISTANCE)
        if distance is None or distance["value"] is None or any(one not in some for one in MEASURES):
            continue
        found.append(
            [subject_name(subject), attribute, plain_name(annotator), concept(name),
             share(distance) + by_chance(distance), sure(distance),
             *(number(some[one]) for one in MEASURES), worst.get(place[:4], "")]
        )  # fmt: skip
    head = ("Model", "Attribute", "Read by", "Concept", "#Total variation", "#", "#Mean deviation", "#Jensen-Shannon",
            "#Entropy", "#Ratio", "Largest, at worst")  # fmt: skip
    words = (
        "How far shares lie from equal ones, as others report it: total variation and mean absolute deviation (which "
        "depends on how many groups there are, so never compare it across attributes), Jensen-Shannon divergence in "
        "bits, entropy (1 where all are equal), the smallest share to the largest. All look uneven where pictures are "
        "few: “chance” is what a fair model shows. The last column bounds the largest share, whatever abstentions hide."
    )
    return section("evenness", "How even", words, head, found, behind=behind)


def _bounds(rows: Sequence[Row]) -> dict[tuple[str, ...], str]:
    """Return the worst-case bounds of the largest share at each place of models, in words."""
    ends: dict[tuple[str, ...], list[tuple[float, str, float]]] = {}
    told = by_place(row for row in rows if row["measure"] in WORST and row["value"] is not None)
    for (*place, group, _), both in told.items():
        if len(both) == len(WORST):
            low, high = (both[one]["value"] for one in WORST)
            ends.setdefault(tuple(place), []).append((low, group, high))
    largest = {place: max(some) for place, some in ends.items()}
    return {
        place: f"{tone_name(group)}: {percent(low)} to {percent(high)}" for place, (low, group, high) in largest.items()
    }
