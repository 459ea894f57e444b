"""All sections of the page beyond shares, in the order in which they are read."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from toolkit.report.sections.changes import amplification, counterfactuals, ledger, references
from toolkit.report.sections.content import between_groups, from_data, means
from toolkit.report.sections.evenness import evenness
from toolkit.report.sections.fidelity import fidelity
from toolkit.report.sections.intersections import dependence, intersections
from toolkit.report.sections.people import agreement, people
from toolkit.report.sections.pictures import associations, pictures
from toolkit.report.sections.section import Row, Section

SECTIONS: tuple[Callable[[Sequence[Row]], Section | None], ...] = (
    evenness,
    people,
    agreement,
    dependence,
    intersections,
    ledger,
    counterfactuals,
    amplification,
    references,
    between_groups,
    from_data,
    means,
    pictures,
    fidelity,
    associations,
)


def sections(rows: Sequence[Row]) -> tuple[Section, ...]:
    """Return the sections for which `rows` of the measures table hold anything."""
    return tuple(found for one in SECTIONS if (found := one(rows)) is not None)
