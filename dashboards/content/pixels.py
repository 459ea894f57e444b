"""Colour, light, sharpness and layout: a score by concept beside the data's, and pictures in the order of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import streamlit as st

from dashboards import data
from dashboards.choices import choose, turn_pages
from dashboards.counted_pictures import PICTURES_A_PAGE
from dashboards.reveals import show_pairs, show_samples
from dashboards.runs import Listed
from dashboards.tiles import Tile, show_problem, show_table, show_text
from toolkit.report.measured import ALL, Row
from toolkit.report.picture_scores import MeanScore, by_score, content_table, mean_scores
from toolkit.report.sections.content import BETWEEN, MEAN, between_groups, difference, digits_of, mean_figure, means
from toolkit.report.sections.section import Section, concept
from toolkit.report.subjects import DATA
from toolkit.report.wording import count, plain_name, subject_name
from toolkit.store import RunFolder

MOST, LEAST = "most first", "least first"
HEADER = ("Concept", "Mean", "The data's", "Difference from the data", "By chance", "q")
LEGEND = (
    "Marks are means with intervals, those farthest from the data's first; the grey tick is the data's own mean. Click "
    "a mark to see its pictures in the order of their score."
)


def show_pixels(chosen: Listed) -> None:
    """Show what pixels say of the pictures of the run `chosen`, a score at a time."""
    audit = data.audited(chosen)
    rows = [row for row in audit.measures if row["measure"] == MEAN and row["value"] is not None]
    subjects = sorted({row["subject"] for row in rows}, key=lambda one: (one.startswith(DATA), one))
    columns = st.columns(4)
    with columns[0]:
        subject = choose("Subject", subjects, key="subject", shown=subject_name) or ""
    with columns[1]:
        scores = list(dict.fromkeys(row["group"] for row in rows if row["subject"] == subject))
        score = choose("Score", scores, key="score", shown=plain_name) or ""
    found = mean_scores(audit.measures, subject, score)
    with columns[2]:
        name = choose("Concept", [one.mean["slice"] for one in found], key="slice", shown=concept)
    with columns[3]:
        order = choose("Pictures", [MOST, LEAST], key="order")
    _show_marks(found, plain_name(score), name)
    if (whole := means(audit.measures)) is not None:
        show_text(whole.words)
    show_table(HEADER, [_cells(one) for one in found])
    _show_groups(audit.measures, subject, score)
    _show_pictures(chosen, subject, score, name or ALL, order or MOST)


def _show_marks(found: Sequence[MeanScore], title: str, selected: str | None) -> None:
    from dashboards.charts_figures import FIGURE, Mark, figure_marks

    def follow_click() -> None:
        marks = st.session_state["scores"]["selection"].get(FIGURE, [])
        if marks:
            st.session_state["slice"] = marks[0]["slice"]

    marks = [
        Mark(*(one.mean[key] for key in ("slice", "value", "low", "high")), mean_figure(one.mean), one.data)
        for one in found
    ]
    chart = figure_marks(marks, f"mean {title}", selected=selected)
    words = f"Mean {title} by concept; the table below says the same"
    st.altair_chart(chart, key="scores", on_select=follow_click, selection_mode=FIGURE, alt=words)
    st.caption(LEGEND)


def _cells(one: MeanScore) -> tuple[str, ...]:
    beside = "" if one.data is None else f"{one.data:.{digits_of(one.mean)}f}"
    apart = one.from_data
    if apart is None:
        far: tuple[str, ...] = ("", "", "")
    elif apart["value"] is None:
        far = (f"not measurable: {apart['not_measurable']}", "", "")
    else:
        far = difference(apart)
    return (concept(one.mean["slice"]), mean_figure(one.mean), beside, *far)


def _show_groups(measures: Sequence[Row], subject: str, score: str) -> None:
    """Show whether pictures of one group differ in the score from those of others."""
    rows = [row for row in measures if row["measure"] == BETWEEN and row["subject"] == subject]
    part = between_groups([row for row in rows if row["group"].partition(": ")[0] == score])
    if part is not None and part.rows:
        _show_section(part)


def _show_section(part: Section) -> None:
    show_text(part.title, kind="h2")
    show_text(part.words)
    show_table([one or "How sure" for one in part.head], part.rows)
    if part.left_out:
        show_text(f"and {count(part.left_out, 'row')} more, in measures.csv")


def _show_pictures(chosen: Listed, subject: str, score: str, name: str, order: str) -> None:
    table = _table(str(chosen.path), chosen.version)
    if table is None:
        show_problem(f"The scores of single pictures are not at hand; audit again with the pictures of {chosen.name}.")
        return
    pictures = data.audited(chosen).pictures
    own = [one for one in pictures if one.subject == subject and name in (one.slice, ALL)]
    found = by_score(table, own, score)
    if order == LEAST:
        found.reverse()
    show_text(f"{count(len(found), 'picture')}, {plain_name(score)}, {order}:")
    page = found[turn_pages(len(found), PICTURES_A_PAGE)]
    for kind, show in (("sample", show_samples), ("pair", show_pairs)):
        some = [
            (one.picture.subject_id, Tile(None, one.picture.caption, (f"{plain_name(score)} {one.value:.2f}",)))
            for one in page
            if one.picture.kind == kind
        ]
        if some:
            show(chosen, some)


@st.cache_resource(max_entries=2, show_spinner=False)
def _table(path: str, version: int) -> pa.Table | None:
    return content_table(RunFolder(Path(path)))
