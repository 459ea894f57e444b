"""The dashboard: a run chosen in the sidebar, and a page of it. `dashboards.launch` serves it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import streamlit as st

from dashboards.choices import choose
from dashboards.read_ahead import read_tables_ahead
from dashboards.runs import Listed, discover
from dashboards.tiles import show_problem, show_text
from toolkit.errors import TainError

OVERVIEW, COMPARE, MITIGATION = "overview", "compare", "mitigation"
# What stands in the address, which is the module in dashboards/pages too, and the title; in the order of the menu:
# the data, who is shown, the pictures, the audit.
PAGES = {
    OVERVIEW: "Overview",
    "curation": "Curation",
    "retention": "Who is left out",
    "thresholds": "Thresholds",
    "duplicates": "Duplicates",
    "composition": "Composition",
    "bias": "Bias explorer",
    "intersections": "Intersections",
    "ledger": "Ledger",
    COMPARE: "Compare",
    MITIGATION: "Mitigation",
    "gallery": "Gallery",
    "map": "Map",
    "safety": "Content and safety",
    "diversity": "Diversity and memory",
    "review": "Review",
    "methods": "Methods and export",
}

# Headings small, in order; what Streamlit greys or reddens beyond what can be read is in the colour of the text.
LOOK = """<style>
.stMainBlockContainer{padding-top:3.5rem}
.stMainBlockContainer h2{font-size:1.4rem;padding:.75rem 0 .25rem}
.stMainBlockContainer h3{font-size:1.1rem;padding:.5rem 0 .25rem}
[data-testid="stCaptionContainer"],[data-testid="stCaptionContainer"] *{color:inherit}
[data-testid="stCaptionContainer"]{opacity:.85}
[data-testid="stSliderThumbValue"],[data-testid="stSliderThumbValue"] *{color:inherit}
</style>"""
ELSEWHERE = "Other runs stay usable: choose one at the left."


def main(roots: list[str]) -> None:
    """Show the page that the address names, on the run that it names, among the runs in `roots`."""
    st.set_page_config(page_title="Tain", layout="wide")
    st.html(LOOK)
    runs = discover(roots)

    def showing(name: str) -> Callable[[], None]:
        return lambda: _show(name, chosen, runs, pages)  # called once the run is chosen

    pages = {
        name: st.Page(showing(name), title=title, url_path=name, default=name == OVERVIEW)
        for name, title in PAGES.items()
    }
    page = st.navigation(list(pages.values()), expanded=True)  # sections would be no lists to a screen reader
    if not runs:
        show_problem("No run folder was found. Start with `tain dashboard RUN`, or make one with `tain demo`.")
        return
    with st.sidebar:
        chosen = _choose_run(runs)
        if chosen.unfinished:
            show_text(
                f"Unfinished: {', '.join(chosen.unfinished)}. Figures of it may be missing; run it again to go on."
            )
    if chosen.problem is not None and page is not pages[OVERVIEW]:
        st.title(page.title)
        show_problem(f"{chosen.name} cannot be read. {chosen.problem} {ELSEWHERE}")
        return
    try:
        page.run()
    except (TainError, OSError) as error:
        show_problem(f"{error}. {ELSEWHERE}")
    read_tables_ahead(chosen)


def _show(name: str, chosen: Listed, runs: dict[str, Listed], pages: Mapping[str, Any]) -> None:
    """Show the page `name` of the run `chosen`; its module is read when it is first asked for."""
    module = import_module(f"dashboards.pages.{name}")
    if name == OVERVIEW:
        module.show(runs, chosen, pages)
    elif name in (COMPARE, MITIGATION):
        module.show(chosen, runs)
    else:
        module.show(chosen)


def _choose_run(runs: dict[str, Listed]) -> Listed:
    """Return the run chosen in the sidebar; the first that was audited at the start."""
    audited = [name for name, one in runs.items() if {"labels", "measures"} <= set(one.tables)]
    name = choose("Run", list(runs), key="run", default=audited[0] if audited else None)
    return runs[name or next(iter(runs))]
