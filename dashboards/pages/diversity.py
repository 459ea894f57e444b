"""Diversity and memory: the least diverse prompts, the nearest training pictures, and the way from snow to picture."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboards import data
from dashboards.choices import choose
from dashboards.path_slider import show_path
from dashboards.runs import Listed
from dashboards.tiles import show_problem
from dashboards.variety.alike import show_alike
from dashboards.variety.memory import show_memory
from dashboards.views import DIVERSE, MEMORY, PATHS
from toolkit.report.least_diverse import ALIKE, VENDI


def show(chosen: Listed) -> None:
    """Show how different the pictures of the run `chosen` are from one another and from its training pictures."""
    st.title("Diversity and memory")
    audit = data.audited(chosen)
    parts: dict[str, Callable[[Listed], None]] = {}
    if any(row["measure"] in (VENDI, ALIKE) and row["value"] is not None for row in audit.measures):
        parts[DIVERSE] = show_alike
    if any(one.kind == "sample" and not one.failed for one in audit.pictures):
        parts[MEMORY] = show_memory
    if data.paths(chosen):
        parts[PATHS] = _show_paths
    if not parts:
        show_problem(
            f"{chosen.name} holds no painted pictures whose diversity was measured. Choose an audit by an annotator "
            "that reads embeddings, such as clip; `tain generate --path-every 4` keeps ways from snow to picture."
        )
        return
    view = choose("Show", list(parts), key="view")
    parts[view or next(iter(parts))](chosen)


def _show_paths(chosen: Listed) -> None:
    column, _ = st.columns(2)
    show_path(chosen, data.paths(chosen), column)
