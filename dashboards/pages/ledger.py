"""Ledger: the share of a group followed from raw pairs to painted pictures, and the pictures behind each step."""

from __future__ import annotations

import streamlit as st

from dashboards import data
from dashboards.choices import choose
from dashboards.counted_pictures import ANY, show_counted
from dashboards.places import Choice, narrow
from dashboards.runs import Listed
from dashboards.tiles import show_problem, show_table, show_text
from toolkit.report.ledger_flow import (
    GENERATED,
    RESPONSIBLE,
    STEP_NAMES,
    Flow,
    behind_step,
    flow_in_words,
    flows,
    ledger_rows,
    step_cells,
)
from toolkit.report.measured import ALL, NOT_TOLD, RAW, Place, Row, natural
from toolkit.report.wording import plain_name, several, subject_name, tone_name

HEADER = ("Step", "Share", "Of", "Points moved", "q", "Responsible")
LEGEND = (
    "Each mark is a share at one step; click one to see its pictures. Pairs are all there are, so they have no "
    "interval; painted pictures and every change have one. The thick line leads to the step that moved the share most "
    "beyond chance (q at most 0.05 over all steps, concepts and groups). Squares are corrected for the annotator's "
    "errors."
)


def show(chosen: Listed) -> None:
    """Show the ledger of the run `chosen` for one concept and group, and the pictures of the step that is selected."""
    st.title("Ledger")
    audit = data.audited(chosen)
    rows = ledger_rows(audit.measures)
    if not any(row["slice"] != ALL for row in rows):
        why = next((row["not_measurable"] for row in rows if row["not_measurable"]), None)
        show_problem(
            f"{chosen.name} holds no ledger{f': {why}' if why else ''}. Audit with --data and the run that "
            "`tain curate` wrote."
        )
        return
    place, concept = _choose([row for row in rows if row["slice"] != ALL])
    found = flows(rows, place, concept)
    for flow in found:
        show_text(flow_in_words(flow, place.group))
    plot = st.container()
    left, right = st.columns(2)
    with left:
        first = found[0].responsible or next((one.name for one in found[0].steps if _is_told(one.share)), None)
        step = choose("Step", list(STEP_NAMES), key="step", shown=STEP_NAMES.__getitem__, default=first) or "raw"
    with plot:
        _show_flow(found, place.group, step)
    _show_tables(found)
    pictures = {"painted": audit.pictures, "pairs": data.pairs_of_ledger(chosen)}
    behind = behind_step(step, place, concept, pictures, audit.labels)
    values = sorted({one.told for one in behind} - {NOT_TOLD}, key=natural)
    with right:
        read_as = choose("Read as", [ANY, *values, NOT_TOLD], key="read", shown=tone_name)
    show_text(f"{STEP_NAMES[step].capitalize()}, {concept}:")
    if step != GENERATED and chosen.run.find("pairs") is None:
        show_problem(
            f"The run of the data that {chosen.name} was made from is not at hand; put it back beside this one."
        )
        return
    show_counted(chosen, behind, read_as or ANY)


def _choose(rows: list[Row]) -> tuple[Place, str]:
    """Return whose ledger of which concept is chosen; what was surely moved most comes first."""
    moved = {_key(row): abs(row["value"]) for row in rows if row["measure"] == RESPONSIBLE and row["value"] is not None}
    rows = sorted(rows, key=lambda row: (-moved.get(_key(row), 0.0), _key(row)))
    choices = (
        Choice("Model", "subject", subject_name),
        Choice("Attribute", "attribute"),
        Choice("Annotator", "annotator", plain_name),
        Choice("Concept", "slice"),
        Choice("Share of", "group", several),
    )
    left = narrow(
        rows, st.columns(len(choices)), choices, lambda some, key: list(dict.fromkeys(row[key] for row in some))
    )
    picked = left[0]
    return Place(*(picked[one] for one in Place._fields)), picked["slice"]


def _key(row: Row) -> tuple[str, ...]:
    return (*(row[one] for one in ("subject", "attribute", "annotator", "slice")), str(natural(row["group"])))


def _is_told(row: Row | None) -> bool:
    return row is not None and row["value"] is not None


def _show_flow(found: list[Flow], group: str, step: str) -> None:
    from dashboards.charts_ledger import STEP, flow_chart

    def follow_click() -> None:
        marks = st.session_state["flow"]["selection"].get(STEP, [])
        if marks:
            st.session_state["step"] = marks[0]["step"]

    words = f"Share of {several(group)} at each step of the ledger; the table below says the same"
    chart = flow_chart(found, several(group), selected=step)
    st.altair_chart(chart, key="flow", on_select=follow_click, selection_mode=STEP, alt=words)
    st.caption(LEGEND)


def _show_tables(found: list[Flow]) -> None:
    for flow in found:
        if flow.correction != RAW:
            show_text(f"Corrected for the annotator's errors ({flow.correction}):")
        show_table(HEADER, [step_cells(one, flow.responsible) for one in flow.steps])
