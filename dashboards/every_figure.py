"""Every figure of an audit, found by whom and what it is of, with its interval, or why there is none."""

from __future__ import annotations

import streamlit as st

from dashboards import data
from dashboards.places import Choice, narrow
from dashboards.runs import Listed
from dashboards.tiles import show_table
from toolkit.report.figure_table import HEADER, figure_cells
from toolkit.report.measured import ALL, Row, natural
from toolkit.report.sections.section import concept
from toolkit.report.subjects import DATA
from toolkit.report.wording import plain_name, subject_name

CHOICES = (
    Choice("Subject", "subject", subject_name),
    Choice("Attribute", "attribute", plain_name),
    Choice("Annotator", "annotator", plain_name),
    Choice("Measure", "measure", plain_name),
    Choice("Concept", "slice", concept),
)


def show_every_figure(chosen: Listed) -> None:
    """Show the figures of the subject, attribute, annotator, measure and concept that are chosen, a row a group."""
    measures = data.audited(chosen).measures
    if not measures:
        return
    st.header("Every figure")
    rows = narrow(measures, st.columns(len(CHOICES)), CHOICES, _options)
    show_table(HEADER, [figure_cells(row) for row in rows])


def _options(rows: list[Row], key: str) -> list[str]:
    return sorted({row[key] for row in rows}, key=lambda one: (one.startswith(DATA), one != ALL, natural(one)))
