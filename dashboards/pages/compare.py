"""Compare: two models, two audits or two settings, by concept, by picture of one seed, and by what a word changes."""

from __future__ import annotations

from typing import Any, NamedTuple

import streamlit as st

from dashboards import data
from dashboards.choices import choose
from dashboards.costs_compared import show_costs
from dashboards.places import Choice, narrow
from dashboards.runs import Listed
from dashboards.tiles import show_problem, show_table, show_text
from dashboards.twins import ANY, GAINED, HERE, LOST, THERE, Side, matching, show_same_seeds
from dashboards.views import ALONE
from dashboards.word_effects import show_effects
from dashboards.words_alone import effect_rows, show_words_alone
from toolkit.errors import RunError, TainError
from toolkit.report.compared import HEADER, difference_cells
from toolkit.report.measured import ALL, RAW, SHARE, Place, natural
from toolkit.report.sections.section import concept as concept_name
from toolkit.report.subjects import DATA
from toolkit.report.wording import count, plain_name, several, subject_name

STRONGEST = 5
THIS_RUN = "this run, another of its models"
LEGEND = (
    "A mark is the share there minus the share here, with its interval; filled where it is beyond chance (q at most "
    "0.05). Diamonds are the differences of pictures of one prompt and seed. Click a mark to see these side by side."
)

Row = dict[str, Any]


class Sides(NamedTuple):
    """The two runs that are compared, which may be one, and whom in each."""

    here: Listed
    there: Listed
    subject: str
    other: str


def show(chosen: Listed, runs: dict[str, Listed]) -> None:
    """Show how another run of `runs`, or another model of the same one, differs from the run `chosen`."""
    st.title("Compare")
    sides = _choose_sides(chosen, runs)
    if sides is None:
        return
    if isinstance(sides, Listed):
        show_words_alone(sides)
        return
    try:
        found = data.compared(*sides)
    except RunError as error:
        show_problem(f"{sides.here.name} and {sides.there.name} cannot be compared: {error}.")
        return
    comparison = found.comparison.described()
    _show_strongest(comparison)
    rows = _choose_rows(comparison["rows"])
    if not rows:
        return
    group, ruler = rows[0]["group"], (rows[0]["annotator"], rows[0]["attribute"])
    plot = st.container()
    left, right = st.columns(2)
    with left:
        concept = choose("Concept", [row["slice"] for row in rows], key="slice", shown=concept_name) or ALL
    with right:
        became = choose("Pictures", [ANY, GAINED, LOST], key="became") or ANY
    with plot:
        _show_differences(rows, group, concept)
    show_table(HEADER, [difference_cells(row) for row in rows])
    show_costs(sides.here, sides.there, (sides.subject, sides.other), concept, runs)
    st.header("The same seed, side by side")
    twins = found.twins(sides.subject, sides.other, ruler)
    here = [one for one in twins if concept == ALL or concept in one.slices]
    if twins:
        some = matching(here, group, became)
        show_text(f"{count(len(some), 'pair')} of one prompt and seed, here left, there right")
        show_same_seeds(Side(sides.here, HERE), Side(sides.there, THERE), some, ruler, key="page")
    else:
        show_text("No prompt was painted from the same seed in both, or another annotator read them.")
    names = {HERE: (sides.here, sides.subject), THERE: (sides.there, sides.other)}
    words = {HERE: found.twins_of_words(found.here, sides.subject, ruler)}
    words[THERE] = found.twins_of_words(found.there, sides.other, ruler)
    show_effects(names, words, Place("", ruler[1], ruler[0], group), concept)


def _choose_sides(chosen: Listed, runs: dict[str, Listed]) -> Sides | Listed | None:
    """Return what is to be compared, or the run alone whose words are; None, with a word on what to do, where there is
    nothing to choose."""
    audits = [name for name, one in runs.items() if one.problem is None and {"labels", "measures"} <= set(one.tables)]
    mine = _subjects(chosen)
    models = [one for one in mine if not one.startswith(DATA)]
    options = [name for name in audits if name != chosen.name] + ([THIS_RUN] if len(models) > 1 else [])
    options += [ALONE] if effect_rows(data.audited(chosen).measures) else []
    if not mine or not options:
        show_problem(
            f"{chosen.name} holds no audit; choose a run that `tain audit` wrote."
            if not mine
            else "There is no second audit to compare with: start `tain dashboard` over a folder that holds several."
        )
        return None
    columns = st.columns(3)
    with columns[0]:
        against = choose("Against", options, key="against") or options[0]
    if against == ALONE:
        return chosen
    there = chosen if against == THIS_RUN else runs[against]
    with columns[1]:
        subject = choose("Here", mine, key="subject", shown=subject_name) or mine[0]
    try:
        others = [one for one in _subjects(there) if there is not chosen or one != subject]
    except TainError as error:
        show_problem(f"{there.name} cannot be read: {error}. Choose another run.")
        return None
    if not others:
        show_problem(f"{there.name} holds no shares to compare with; choose another run.")
        return None
    with columns[2]:
        other = choose("There", others, key="other", shown=subject_name, default=subject) or others[0]
    return Sides(chosen, there, subject, other)


def _subjects(listed: Listed) -> list[str]:
    """Return whom the shares of a run are of, models first."""
    found = {row["subject"] for row in data.audited(listed).measures if row["measure"] == SHARE}
    return sorted(found, key=lambda one: (one.startswith(DATA), one))


def _show_strongest(comparison: dict[str, Any]) -> None:
    told = [one["sentence"] for one in comparison["told"][:STRONGEST]]
    if told:
        show_text(*told, kind="li")
    else:
        show_text("Nothing stands out beyond chance.")
    if comparison["cautions"]:
        with st.expander("What to bear in mind"):
            show_text(*comparison["cautions"], kind="li")


def _choose_rows(rows: list[Row]) -> list[Row]:
    """Return the rows of the attribute, annotator, group and correction that are chosen."""
    choices = (
        Choice("Attribute", "attribute"),
        Choice("Annotator", "annotator", plain_name),
        Choice("Share of", "group", several),
        Choice("Correction", "correction"),
    )
    return narrow(rows, st.columns(len(choices)), choices, _raw_first)


def _raw_first(rows: list[Row], key: str) -> list[str]:
    return sorted({row[key] for row in rows}, key=lambda one: (one != RAW, natural(one)))


def _show_differences(rows: list[Row], group: str, concept: str) -> None:
    from dashboards.charts_compare import SELECTION, differences

    if all(row["value"] is None for row in rows):
        return

    def follow_click() -> None:
        marks = st.session_state["differences"]["selection"].get(SELECTION, [])
        if marks:
            st.session_state["slice"] = marks[0]["slice"]

    chart = differences(rows, several(group), selected=concept)
    words = f"Share of {several(group)} there minus here, by concept; the table below says the same"
    st.altair_chart(chart, key="differences", on_select=follow_click, selection_mode=SELECTION, alt=words)
    st.caption(LEGEND)
