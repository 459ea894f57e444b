"""The least diverse prompts, and the pictures of one beside each other."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboards import data
from dashboards.choices import choose, turn_pages
from dashboards.counted_pictures import PICTURES_A_PAGE
from dashboards.reveals import show_pairs, show_samples
from dashboards.runs import Listed
from dashboards.tiles import Tile, show_folded, show_table, show_text
from toolkit.report.least_diverse import ALIKE, VENDI, Diversity, least_diverse
from toolkit.report.measured import ALL, Row
from toolkit.report.sections.section import all_reasons, concept, number
from toolkit.report.subjects import DATA
from toolkit.report.wording import count, subject_name

HEADER = (
    "Concept",
    "Vendi score",
    "As many of any concept",
    "The data's, by source",
    "Alike within a prompt",
    "Pictures",
)
LEGEND = (
    "The Vendi score counts how many different pictures there are among as many of each concept, with its interval; "
    "the least different come first. The grey tick is what as many pictures of any concept show. Alike within a prompt "
    "is the mean cosine of two pictures of one prompt, 1 where they are equal. Click a mark to see its pictures."
)


def show_alike(chosen: Listed) -> None:
    """Show how different the pictures of each concept of the run `chosen` are, and those of one concept."""
    audit = data.audited(chosen)
    rows = [row for row in audit.measures if row["measure"] in (VENDI, ALIKE)]
    told = {row["subject"] for row in rows if row["value"] is not None}
    left, right = st.columns(2)
    with left:
        subjects = sorted(told, key=lambda one: (one.startswith(DATA), one))
        subject = choose("Subject", subjects, key="subject", shown=subject_name) or ""
    found = least_diverse(rows, subject)
    with right:
        name = choose("Concept", [one.concept for one in found], key="slice", shown=concept) or ALL
    _show_marks(found, name)
    sizes = dict.fromkeys(str(row["reference"]) for row in rows if row["measure"] == VENDI and row["reference"])
    show_text(*(f"Scores are of {one}." for one in sizes))
    show_table(HEADER, [_cells(one) for one in found])
    if missing := all_reasons(row for row in rows if row["subject"] == subject):
        show_folded(f"{count(len(missing), 'reason')} why figures could not be measured", "\n".join(missing))
    own = [one for one in audit.pictures if one.subject == subject and name in (one.slice, ALL) and not one.failed]
    pictures = sorted({(one.kind, one.subject_id): one for one in own}.values(), key=lambda one: one.caption)
    show_text(f"{count(len(pictures), 'picture')} of {concept(name)}, by prompt:")
    page = pictures[turn_pages(len(pictures), PICTURES_A_PAGE)]
    for kind, show in (("sample", show_samples), ("pair", show_pairs)):
        some = [(one.subject_id, Tile(None, one.caption, ())) for one in page if one.kind == kind]
        if some:
            show(chosen, some)


def _show_marks(found: Sequence[Diversity], selected: str) -> None:
    from dashboards.charts_figures import FIGURE, Mark, figure_marks

    def follow_click() -> None:
        marks = st.session_state["diversity"]["selection"].get(FIGURE, [])
        if marks:
            st.session_state["slice"] = marks[0]["slice"]

    marks = [
        Mark(one.concept, row["value"], row["low"], row["high"], number(row), one.chance)
        for one in found
        if (row := one.vendi) is not None and row["value"] is not None
    ]
    if marks:
        chart = figure_marks(marks, "Vendi score", selected=selected)
        words = "Vendi score by concept, the least diverse first; the table below says the same"
        st.altair_chart(chart, key="diversity", on_select=follow_click, selection_mode=FIGURE, alt=words)
        st.caption(LEGEND)


def _cells(one: Diversity) -> tuple[str, ...]:
    beside = ", ".join(f"{source} {value:.2f}" for source, value in one.data.items())
    chance = "" if one.chance is None else f"{one.chance:.2f}"
    pictures = _pictures(one.vendi or one.alike)
    return concept(one.concept), number(one.vendi), chance, beside, number(one.alike), pictures


def _pictures(row: Row | None) -> str:
    return "" if row is None or row["n"] is None else f"{row['n']:,}"
