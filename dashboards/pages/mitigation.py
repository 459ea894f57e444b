"""Mitigation: a bias that was found, what was done, and what that did and cost, with the pictures before and after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboards import data
from dashboards.choices import choose
from dashboards.mitigating.reading import audits_of, mitigation_of, mitigations
from dashboards.runs import Listed
from dashboards.tiles import show_problem, show_table, show_text
from dashboards.twins import ANY, GAINED, LOST, Side, matching, show_same_seeds
from toolkit.errors import TainError
from toolkit.report import mitigation_words as said
from toolkit.report.already_said import SAID_HEADER, said_cells, said_sentence
from toolkit.report.cost_words import COST_HEADER, cost_cells, costs_of
from toolkit.report.measured import ALL
from toolkit.report.mitigation_charts import trade_offs
from toolkit.report.sections.section import concept as concept_name
from toolkit.report.wording import count, several, subject_name, tone_name

NONE = "No mitigation is among these runs: make one with `tain mitigate RUN --finding ID --target uniform --by prompt`."
LEGEND = (
    "Diamonds are shares before, circles after, with their 95 % intervals; grey ticks are the target. Click a mark to "
    "see its pictures."
)
SAME = "The curve has a mark for each strength, and one for the start; those that no other beats in both are circles."
Row = dict[str, Any]


def show(chosen: Listed, runs: dict[str, Listed]) -> None:
    """Show a mitigation among `runs`: the run `chosen` where it is one, else the one that is chosen here."""
    st.title("Mitigation")
    names = mitigations(runs)
    if not names:
        show_problem(NONE)
        return
    name = choose("Mitigation", names, key="mitigation", default=chosen.name) or names[0]
    try:
        found = mitigation_of(runs[name])
        _show_found(runs[name], found, runs)
    except (TainError, KeyError, TypeError, AttributeError) as error:
        words = str(error) if isinstance(error, TainError) else f"its mitigation.json is damaged ({error!r})"
        show_problem(f"{name} cannot be shown: {words}. Choose another mitigation, or run `tain mitigate` again.")


def _show_found(listed: Listed, found: Row, runs: dict[str, Listed]) -> None:
    show_text(str(found["finding"].get("title") or found["attribute"]))
    show_text(
        f"{said.way(found['by']).capitalize()}: {found['attribute']} of {subject_name(found['subject'])}, towards "
        f"{found['target']['name']} shares, as {found['annotator']} reads them ({found['correction']})."
    )
    step, group, name = _choose(found)
    show_text(said.headline(step), said.verdict(step, group))
    rows = [row for row in step["skew"] if row["group"] == group]
    _show_moved(rows, group, name)
    show_table(said.SKEW_HEADER, [said.skew_cells(row) for row in rows])
    _show_also(step)
    st.header("What it cost")
    costs = costs_of(step["costs"], list(found["target"]["shares"]) if name == ALL else [name])
    show_table(COST_HEADER, [cost_cells(row) for row in costs])
    show_text(said.compute_words(step))
    others = [one["sentence"] for one in step["others"]]
    with st.expander(f"What else changed: {count(len(others), 'figure')} beyond chance"):
        show_text(*(others or ["No other attribute, and nothing that pixels say."]), kind="li")
    _show_trade_off(found)
    _show_touched(found)
    _show_already_said(step)
    cautions = [*found.get("cautions", []), *step.get("cautions", [])]
    if cautions:
        with st.expander("What to bear in mind"):
            show_text(*dict.fromkeys(cautions), kind="li")
    _show_pictures(listed, found, step, runs, group, name)


def _choose(found: Row) -> tuple[Row, str, str]:
    """Return the step, the group and the slice that are chosen."""
    steps = {f"{one['strength']:g}": one for one in found["steps"]}
    groups = list(dict.fromkeys(row["group"] for step in found["steps"] for row in step["skew"]))
    columns = st.columns(3)
    with columns[0]:
        strength = choose("Strength", list(steps), key="strength", default=list(steps)[-1]) or next(iter(steps))
    with columns[1]:
        group = choose("Share of", groups, key="group", shown=tone_name, default=said.shown_group(found)) or ""
    slices = [ALL, *dict.fromkeys(row["slice"] for row in steps[strength]["skew"])]
    with columns[2]:
        name = choose("Concept", slices, key="slice", shown=concept_name) or ALL
    return steps[strength], group, name


def _show_moved(rows: list[Row], group: str, name: str) -> None:
    from dashboards.mitigating.charts import SELECTION, moved

    if all(row["before"] is None and row["after"] is None for row in rows):
        return

    def follow_click() -> None:
        marks = st.session_state["moved_shares"]["selection"].get(SELECTION, [])
        if marks:
            st.session_state["slice"] = marks[0]["slice"]

    words = f"Share of {several(group)} by concept, before and after, with the target; the table below says the same"
    chart = moved(rows, several(group), selected=name)
    st.altair_chart(chart, key="moved_shares", on_select=follow_click, selection_mode=SELECTION, alt=words)
    st.caption(LEGEND)


def _show_also(step: Row) -> None:
    for one in step.get("also", ()):
        show_text(said.also_words(one), said.headline(one))
        show_table(said.SKEW_HEADER, [said.skew_cells(row) for row in one["skew"]])


def _show_trade_off(found: Row) -> None:
    points = trade_offs(found)
    if len(points) < 3:
        return
    from dashboards.mitigating.charts import trade_off

    st.header("The trade-off")
    words = "Adherence against the distance from the target, by strength; the table below says the same"
    st.altair_chart(trade_off(points), key="trade_off", alt=words)
    st.caption(SAME)
    header = ("Strength", "Distance from the target", "Adherence", "Beaten by none")
    show_table(header, [said.trade_off_cells(one) for one in points])


def _show_touched(found: Row) -> None:
    if not found["touched"]:
        show_text("The model was changed, and no prompt.")
        return
    st.header("Which prompts were touched")
    steered = sum(one["left_alone"] is None for one in found["touched"])
    show_text(f"{steered} of {count(len(found['touched']), 'prompt')} were steered.")
    with st.expander("Every prompt, and why"):
        show_table(said.TOUCHED_HEADER, [said.touched_cells(one) for one in found["touched"]])
    if found["over_application"]:
        show_text("How often prompts that should be left alone are touched:")
        show_table(said.OVER_HEADER, [said.over_cells(one) for one in found["over_application"]])


def _show_already_said(step: Row) -> None:
    show_text(said_sentence(step))
    rows = step.get("already_said", [])
    if rows:
        show_table(SAID_HEADER, [said_cells(row) for row in rows])


def _show_pictures(listed: Listed, found: Row, step: Row, runs: Mapping[str, Listed], group: str, name: str) -> None:
    st.header("The same seed, before and after")
    before, after = audits_of(listed, found, step, runs)
    if before is None or after is None:
        missing = "before" if before is None else "after"
        show_text(
            f"The audit {missing} the change is not among these runs: start `tain dashboard` over a folder that holds "
            "both."
        )
        return
    became = choose("Pictures", [ANY, GAINED, LOST], key="became") or ANY
    ruler = (found["annotator"], found["attribute"])
    try:
        twins = data.compared(before, after, found["subject"], step["subject"]).twins(
            found["subject"], step["subject"], ruler
        )
    except TainError as error:
        show_problem(f"Pictures of {before.name} and {after.name} cannot be paired: {error}. Audit both runs again.")
        return
    some = matching([one for one in twins if name == ALL or name in one.slices], group, became)
    show_text(f"{count(len(some), 'pair')} of one prompt and seed, before left, after right")
    show_same_seeds(Side(before, "before"), Side(after, "after"), some, ruler, key="page")
