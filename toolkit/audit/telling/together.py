"""Two attributes told together: which of their values meet more often than their own shares say."""

from __future__ import annotations

from toolkit.audit.measuring.intersections import AND, SHARE, SMALL
from toolkit.audit.recipe import OF_PEOPLE
from toolkit.audit.telling import wording
from toolkit.audit.telling.finding import TOGETHER, Finding, Measures, Row, beyond_chance, is_sure, make_finding


def tell_intersection(row: Row, known: Measures) -> Finding | None:
    """Return that two values meet more often than they would had they nothing to do with each other.

    Of two cells that say the same (of two attributes of two values each the one that meets as much oftener as the
    others do) the more frequent is told. Cells of fewer than 10 pictures are in the tables alone.
    """
    share = known.beside(row, SHARE)
    if not is_sure(row) or row["value"] <= 0 or share is None or share["value"] * row["n"] < SMALL - 0.5:
        return None
    if any(_comes_first(other, share, known) for other in known.alike(row)):
        return None
    alone = share["value"] - row["value"]
    title = (
        f"{row['subject']} paints {_what(row)} {_presented(row)} {wording.points(row)} more often than the shares of "
        f"the two say ({wording.percent(share['value'])} {wording.interval(share)}; {wording.percent(alone)} if they "
        f"had nothing to do with each other), n = {row['n']}"
    )
    return make_finding(row, title, beyond_chance(row), TOGETHER)


def _comes_first(other: Row, share: Row, known: Measures) -> bool:
    its = known.beside(other, SHARE)
    return its is not None and (-its["value"], its["group"]) < (-share["value"], share["group"])


def _what(row: Row) -> str:
    """Return the concept, or that it is of people where either attribute is one of people."""
    people = next((one for one in row["attribute"].split(AND) if one in OF_PEOPLE), row["attribute"])
    return wording.of_what(row | {"attribute": people})


def _presented(row: Row) -> str:
    attributes, values = row["attribute"].split(AND), row["group"].split(AND)
    if len(attributes) != len(values):  # a value that holds the sign itself
        return f"read as {row['group']} ({row['attribute']})"
    both = zip(attributes, values, strict=True)
    return " and ".join(wording.presented(row | {"attribute": name, "group": value}) for name, value in both)
