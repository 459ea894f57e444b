"""The ledger of one concept as a flow: its share at every step, how each step moved it, and the pictures behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from toolkit.report.counted import Counted, counted
from toolkit.report.labels import Label
from toolkit.report.measured import RAW, Place, Row
from toolkit.report.sections.changes import MOVED_BY, STEPS
from toolkit.report.sections.section import points, share, sure
from toolkit.report.subjects import Picture
from toolkit.report.tiles import READS_CAPTIONS
from toolkit.report.wording import several

RAW_STEP, KEPT, CAPTIONS, GENERATED = STEPS
STEP_NAMES = {
    RAW_STEP: "all pairs",
    KEPT: "kept by curation",
    CAPTIONS: "named by captions",
    GENERATED: "painted",
}
RESPONSIBLE = "ledger_responsible"


class Step(NamedTuple):
    """A step of the ledger: the row of its `share`, and that of how far it moved from the step before it; None where
    the audit has none."""

    name: str
    share: Row | None
    change: Row | None


class Flow(NamedTuple):
    """The steps of one concept and group with one correction. `responsible` is the step that moved the share most
    beyond chance, None where none did, which `why` explains."""

    correction: str
    steps: tuple[Step, ...]
    responsible: str | None
    why: str | None


def ledger_rows(rows: Iterable[Row]) -> list[Row]:
    """Return those of `rows` of measures that are of the ledger of a concept."""
    return [row for row in rows if row["measure"].startswith("ledger_")]


def flows(rows: Iterable[Row], place: Place, slice_name: str) -> list[Flow]:
    """Return the flows of the group of `place` in one slice: the raw one first, then one a correction.

    Captions are read as they are, so their raw share stands in every flow.
    """
    by_correction: dict[str, dict[str, Row]] = {}
    for row in rows:
        where = Place(row["subject"], row["attribute"], row["annotator"], row["group"])
        if where == place and row["slice"] == slice_name and row["measure"].startswith("ledger_"):
            by_correction.setdefault(row["correction"], {})[row["measure"]] = row
    captions = by_correction.get(RAW, {}).get("ledger_captions")
    found = []
    for correction, some in sorted(by_correction.items(), key=lambda one: (one[0] != RAW, one[0])):
        some = ({"ledger_captions": captions} if captions is not None else {}) | some
        steps = tuple(Step(one, some.get(f"ledger_{one}"), some.get(f"ledger_change_{one}")) for one in STEPS)
        moved = some.get(RESPONSIBLE)
        responsible = None if moved is None or moved["value"] is None else str(moved["reference"])
        found.append(Flow(correction, steps, responsible, None if moved is None else moved["not_measurable"]))
    return found


def behind_step(
    step: str,
    place: Place,
    slice_name: str,
    pictures: Mapping[str, Sequence[Picture]],
    labels: Mapping[tuple[str, str], Sequence[Label]],
) -> list[Counted]:
    """Return what `step` counts, each with its label: pairs of all sources, whatever their caption names, or painted
    pictures. `pictures` holds the `painted` ones and the `pairs` of `ledger_pairs`.

    What captions name counts by the label that the captions' annotator gave.
    """
    if step == GENERATED:
        row = {"subject": place.subject, "slice": slice_name} | _ruler(place.annotator, place.attribute)
        return counted(pictures["painted"], labels, row)
    annotator = READS_CAPTIONS if step == CAPTIONS else place.annotator
    found: dict[tuple[str, Label], Picture] = {}
    for one in pictures["pairs"]:
        if one.slice == slice_name and (step == RAW_STEP or one.kind == "pair"):
            for label in labels.get((one.kind, one.subject_id), ()):
                if (label.annotator, label.attribute) == (annotator, place.attribute):
                    found.setdefault((one.subject_id, label), one)
    return [Counted(one, (label,)) for (_, label), one in found.items()]


def _ruler(annotator: str, attribute: str) -> Row:
    return {"annotator": annotator, "attribute": attribute}


def step_cells(step: Step, responsible: str | None) -> tuple[str, ...]:
    """Return a step as cells of a table: its name, share, of how many, how far it moved it, how sure that is, and
    whether it is the one that did."""
    one, change = step.share, step.change
    figure = "" if one is None else share(one) if one["value"] is not None else f"not measured: {one['not_measurable']}"
    of = "" if one is None or one["value"] is None else f"{one['n']:,}"
    moved = "" if change is None or change["value"] is None else f"{points(change)} from {from_step(change)}"
    mark = "moved it most" if step.name == responsible else ""
    return (STEP_NAMES[step.name], figure, of, moved, sure(change), mark)


def from_step(change: Row) -> str:
    """Return which step a change is measured from, in words."""
    return STEP_NAMES.get(str(change["reference"]), str(change["reference"]))


def flow_in_words(flow: Flow, group: str) -> str:
    """Return which step moved the share of `group` most, by how much, or that none did beyond chance."""
    corrected = "" if flow.correction == RAW else f" (corrected by {flow.correction})"
    if flow.responsible is None:
        return f"No step is to be blamed{corrected}: {flow.why or 'the audit names none'}."
    change = next((one.change for one in flow.steps if one.name == flow.responsible), None)
    by = "" if change is None else f": {points(change)} points from {from_step(change)}; {sure(change)}"
    return f"The share of {several(group)} is moved most by {MOVED_BY[flow.responsible]}{corrected}{by}."
