"""Content and safety: what pictures show beside people, how often, and what of the data nobody sees unasked."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboards import data
from dashboards.choices import choose
from dashboards.content.aside import show_aside
from dashboards.content.pixels import show_pixels
from dashboards.content.rates import show_rates
from dashboards.runs import Listed
from dashboards.tiles import show_problem, show_text
from dashboards.views import ASIDE, PIXELS, RATES
from toolkit.report.content_rates import content_shares
from toolkit.report.sections.content import MEAN

NOTHING_READ = (
    "Nobody read unsafe content, violence, text, style or the number of people in these pictures. Audit with "
    "`annotators: [clip, nsfw]` and `readings: [content]` in the recipe."
)


def show(chosen: Listed) -> None:
    """Show the content of the pictures of the run `chosen`, and what of its data is blurred."""
    st.title("Content and safety")
    measures = data.audited(chosen).measures
    parts: dict[str, Callable[[Listed], None]] = {}
    if any(row["value"] is not None for row in content_shares(measures)):
        parts[RATES] = show_rates
    if any(row["measure"] == MEAN and row["value"] is not None for row in measures):
        parts[PIXELS] = show_pixels
    if data.decided_pairs(chosen) is not None:
        parts[ASIDE] = show_aside
    if not parts:
        show_problem(f"{chosen.name} holds no figures of content, nor a run of data. {NOTHING_READ}")
        return
    if RATES not in parts and measures:
        show_text(NOTHING_READ)
    view = choose("Show", list(parts), key="view")
    parts[view or next(iter(parts))](chosen)
