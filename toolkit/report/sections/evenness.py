"""The table of how evenly the groups of an attribute are shown, as others count it, and what abstentions could hide."""

from __future__ import annotations

from collections.abc import Sequence

from toolkit.report.sections.section import Row, Section, by_chance, concept, number, section, share, sure
from toolkit.report.wording import percent, plain_name, subject_name, tone_name

DISTANCE = "total_variation"
MEASURES = ("mean_absolute_deviation", "jensen_shannon", "normalized_entropy", "ratio")
WORST = ("share_worst_low", "share_worst_high")


def evenness(rows: Sequence[Row]) -> Section | None:
    """Return, for every model, concept and attribute, how far its shares lie from equal ones, beside what a fair model
    shows by chance; and the bounds of its largest share, were every abstention another group, or this one."""
    behind = [row for row in rows if row["measure"] == DISTANCE or row["measure"] in MEASURES]
    places: dict[tuple[str, ...], dict[str, Row]] = {}
    for row in behind:
        place = tuple(row[one] for one in ("subject", "attribute", "annotator", "slice"))
        places.setdefault(place, {})[row["measure"]] = row
    worst = _bounds(rows)
    found = []
    for place, some in sorted(places.items(), key=lambda one: (*one[0][:3], one[0][3] != "all", one[0][3])):
        subject, attribute, annotator, name = place
        distance = some.get(DISTANCE)
        if distance is None or distance["value"] is None or any(one not in some for one in MEASURES):
            continue
        found.append(
            [subject_name(subject), attribute, plain_name(annotator), concept(name),
             share(distance) + by_chance(distance), sure(distance),
             *(number(some[one]) for one in MEASURES), worst.get(place, "")]
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
    ends: dict[tuple[str, ...], dict[str, dict[str, float]]] = {}
    for row in rows:
        if row["measure"] in WORST and row["value"] is not None:
            place = tuple(row[one] for one in ("subject", "attribute", "annotator", "slice"))
            ends.setdefault(place, {}).setdefault(row["group"], {})[row["measure"]] = row["value"]
    said = {}
    for place, groups in ends.items():
        both = {group: one for group, one in groups.items() if len(one) == len(WORST)}
        if both:
            group = max(both, key=lambda one: (both[one][WORST[0]], one))
            low, high = (percent(both[group][one]) for one in WORST)
            said[place] = f"{tone_name(group)}: {low} to {high}"
    return said
