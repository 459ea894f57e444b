"""Intersections: two attributes of the same pictures together, and the pictures of each cell."""

from __future__ import annotations

import streamlit as st

from dashboards import data
from dashboards.choices import choose
from dashboards.counted_pictures import ANY, show_counted
from dashboards.places import Choice, narrow
from dashboards.runs import Listed
from dashboards.tiles import show_problem, show_table, show_text
from toolkit.report.behind import AND
from toolkit.report.counted import Counted, counted
from toolkit.report.crossed import Cell, Crossed, crossed, crossings, together_in_words
from toolkit.report.measured import ALL, Row
from toolkit.report.sections.section import points, share, sure
from toolkit.report.wording import plain_name, subject_name, tone_name

HEADER = ("Read as both", "Pictures", "Share", "Points beyond chance", "By chance", "q")
LEGEND = (
    "Points beyond chance: the share of a cell minus what the two values' own shares alone would give. Grey cells rest "
    "on fewer than ten pictures, so that they say little. Click a cell to see its pictures."
)


def show(chosen: Listed) -> None:
    """Show two attributes together in the run `chosen` as a heat map, and the pictures of the cell that is selected."""
    st.title("Intersections")
    audit = data.audited(chosen)
    rows = crossings(audit.measures)
    if not rows:
        show_problem(
            f"{chosen.name} holds no measures of two attributes together. Audit with `intersections: [[gender "
            "presentation, skin tone]]` in the recipe (the default), by annotators that read both."
        )
        return
    rows = _choose(rows)
    table = crossed(rows)
    if table.dependence is not None:
        show_text(together_in_words(table.dependence))
    if table.cells:
        _show_cells(chosen, table, counted(audit.pictures, audit.labels, rows[0]))
    else:
        show_counted(chosen, counted(audit.pictures, audit.labels, rows[0]))


def _choose(rows: list[Row]) -> list[Row]:
    """Return the rows of the subject, attributes, annotators and concept that are chosen."""
    choices = (
        Choice("Subject", "subject", subject_name),
        Choice("Attributes", "attribute"),
        Choice("Read by", "annotator", lambda one: AND.join(map(plain_name, one.split(AND)))),
        Choice("Concept", "slice", lambda one: "all concepts" if one == ALL else one),
    )
    return narrow(rows, st.columns(len(choices)), choices, _measured_first)


def _measured_first(rows: list[Row], key: str) -> list[str]:
    return list(dict.fromkeys(row[key] for row in sorted(rows, key=lambda row: row["value"] is None)))


def _show_cells(chosen: Listed, table: Crossed, behind: list[Counted]) -> None:
    from dashboards.charts_together import EXCESSES, SHARES

    first_name, _, second_name = table.cells[0].share["attribute"].partition(AND)
    shown = choose("Coloured by", [SHARES, EXCESSES], key="colour") or SHARES
    plot = st.container()  # above the values, which a click in it chooses
    one, two = st.columns(2)
    with one:
        first = choose("Down", [ANY, *table.firsts], key="first", shown=tone_name) or ANY
    with two:
        second = choose("Across", [ANY, *table.seconds], key="second", shown=tone_name) or ANY
    with plot:
        _show_map(table, (first_name, second_name), shown, (first, second))
    show_table(HEADER, [_cells(cell) for cell in table.cells])
    matching = [one for one in behind if _is_of(one, first, second)]
    show_text(f"{tone_name(first)}{AND}{tone_name(second)}:" if ANY not in (first, second) else "Pictures behind it:")
    show_counted(chosen, matching)


def _show_map(table: Crossed, attributes: tuple[str, str], shown: str, selected: tuple[str, str]) -> None:
    from dashboards.charts_together import CELL, heat_map

    def follow_click() -> None:
        cells = st.session_state["together"]["selection"].get(CELL, [])
        if cells:
            st.session_state["first"], st.session_state["second"] = cells[0]["first"], cells[0]["second"]

    chart = heat_map(table.cells, attributes, shown=shown, selected=selected)
    words = f"{attributes[0]} by {attributes[1]}: {shown}; the table below says the same"
    st.altair_chart(chart, key="together", on_select=follow_click, selection_mode=CELL, alt=words)
    st.caption(LEGEND)


def _cells(cell: Cell) -> tuple[str, ...]:
    few = f"{cell.pictures:,} of {cell.share['n']:,}" + (", few" if cell.small else "")
    excess = cell.excess
    floor = "" if excess is None or excess["floor"] is None else f"{100 * excess['floor']:.0f}"
    name = f"{tone_name(cell.first)}{AND}{tone_name(cell.second)}"
    return (name, few, share(cell.share), points(excess), floor, sure(excess))


def _is_of(one: Counted, first: str, second: str) -> bool:
    """Return whether both values of a picture are those of a cell; `any` of either are all that could be told."""
    if any(label.abstained or label.value is None for label in one.labels):
        return first == second == ANY
    values = [label.value for label in one.labels]
    return all(wanted in (ANY, value) for wanted, value in zip((first, second), values, strict=True))
