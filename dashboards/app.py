"""The dashboard: a run chosen in the sidebar, and a page of it. `dashboards.launch` serves it."""

from __future__ import annotations

import streamlit as st

from dashboards.choices import choose
from dashboards.runs import Listed, discover
from dashboards.tiles import show_problem
from toolkit.errors import TainError


def main(roots: list[str]) -> None:
    """Show the page that the address names, on the run that it names, among the runs in `roots`."""
    st.set_page_config(page_title="Tain", layout="wide")
    st.html("<style>.stMainBlockContainer{padding-top:3.5rem}</style>")
    runs = discover(roots)

    def overview() -> None:
        from dashboards.pages.overview import show

        show(runs, chosen, bias_page)

    def curation() -> None:
        from dashboards.pages.curation import show

        show(chosen)

    def retention() -> None:
        from dashboards.pages.retention import show

        show(chosen)

    def thresholds() -> None:
        from dashboards.pages.thresholds import show

        show(chosen)

    def duplicates() -> None:
        from dashboards.pages.duplicates import show

        show(chosen)

    def composition() -> None:
        from dashboards.pages.composition import show

        show(chosen)

    def bias() -> None:
        from dashboards.pages.bias import show

        show(chosen)

    def intersections() -> None:
        from dashboards.pages.intersections import show

        show(chosen)

    def ledger() -> None:
        from dashboards.pages.ledger import show

        show(chosen)

    def compare() -> None:
        from dashboards.pages.compare import show

        show(chosen, runs)

    def gallery() -> None:
        from dashboards.pages.gallery import show

        show(chosen)

    def review() -> None:
        from dashboards.pages.review import show

        show(chosen)

    def safety() -> None:
        from dashboards.pages.safety import show

        show(chosen)

    def diversity() -> None:
        from dashboards.pages.diversity import show

        show(chosen)

    def methods() -> None:
        from dashboards.pages.methods import show

        show(chosen)

    overview_page = st.Page(overview, title="Overview", url_path="overview", default=True)
    bias_page = st.Page(bias, title="Bias explorer", url_path="bias")
    page = st.navigation(
        [
            overview_page,
            st.Page(curation, title="Curation", url_path="curation"),
            st.Page(retention, title="Who is left out", url_path="retention"),
            st.Page(thresholds, title="Thresholds", url_path="thresholds"),
            st.Page(duplicates, title="Duplicates", url_path="duplicates"),
            st.Page(composition, title="Composition", url_path="composition"),
            bias_page,
            st.Page(intersections, title="Intersections", url_path="intersections"),
            st.Page(ledger, title="Ledger", url_path="ledger"),
            st.Page(compare, title="Compare", url_path="compare"),
            st.Page(gallery, title="Gallery", url_path="gallery"),
            st.Page(safety, title="Content and safety", url_path="safety"),
            st.Page(diversity, title="Diversity and memory", url_path="diversity"),
            st.Page(review, title="Review", url_path="review"),
            st.Page(methods, title="Methods and export", url_path="methods"),
        ]
    )
    if not runs:
        show_problem("No run folder was found. Start with `tain dashboard RUN`, or make one with `tain demo`.")
        return
    with st.sidebar:
        chosen = _choose_run(runs)
    if chosen.problem is not None and page is not overview_page:
        show_problem(chosen.problem)
        return
    try:
        page.run()
    except (TainError, OSError) as error:
        show_problem(str(error))


def _choose_run(runs: dict[str, Listed]) -> Listed:
    """Return the run chosen in the sidebar; the first that was audited at the start."""
    audited = [name for name, one in runs.items() if {"labels", "measures"} <= set(one.tables)]
    name = choose("Run", list(runs), key="run", default=audited[0] if audited else None)
    return runs[name or next(iter(runs))]
