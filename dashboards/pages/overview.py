"""Overview: how far to trust the figures of a run, its strongest findings, each a link, and which runs there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboards import data
from dashboards.choices import switch, turn_pages
from dashboards.runs import Listed
from dashboards.tiles import show_problem, show_table, show_text
from dashboards.told import told_of
from dashboards.validity_banner import show_banner
from toolkit.errors import TainError
from toolkit.report.wording import count, plain_name

STRONGEST, LEFT_OUT = 5, 2
A_PAGE = 50
ALL_SHOWN = "findings"  # of the address
DATA_PAGES = ("curation", "retention", "gallery")


def show(runs: dict[str, Listed], chosen: Listed, pages: Mapping[str, Any]) -> None:
    """Show the figures of the `chosen` run and all `runs`; each finding leads to its rows on one of `pages`, by their
    names."""
    st.title("Whom do these pictures show?")
    if chosen.problem is not None:
        show_problem(f"{chosen.name} cannot be read. {chosen.problem}; choose another run of this list.")
    else:
        try:
            _show_figures(chosen, pages)
        except (TainError, OSError) as error:  # the list of runs stays, so that another can be chosen
            show_problem(f"{error}; or choose another run of this list.")
    st.header("Runs")
    links = [{"run": one.name} for one in runs.values()]
    show_table(["Run", "State", "Stages", "Tables"], [_run_row(one) for one in runs.values()], links=links)


def _run_row(one: Listed) -> list[str]:
    state = "cannot be read" if one.problem else "finished"
    if one.unfinished:
        state = f"unfinished: {', '.join(one.unfinished)}"
    return [one.name, state, ", ".join(one.stages), ", ".join(map(plain_name, one.tables))]


def _show_figures(chosen: Listed, pages: Mapping[str, Any]) -> None:
    found = data.banner(chosen)
    if found.trust.annotated or found.trust.samples:
        show_banner(found)
    else:
        show_text(f"{chosen.name} holds no audit; look at its curation and its gallery.")
        for name in DATA_PAGES:
            st.page_link(pages[name], query_params={"run": chosen.name})
    told, lost = told_of(chosen)
    if not told and not lost:
        return
    st.header("Strongest findings")
    several = len(told) > STRONGEST or len(lost) > LEFT_OUT
    whole = several and switch(f"Show all {count(len(told) + len(lost), 'finding')}", key=ALL_SHOWN, value="all")
    if whole:
        every = told + lost
        shown = every[turn_pages(len(every), A_PAGE)]
    else:
        shown = told[:STRONGEST] + lost[:LEFT_OUT]
    for place, one in enumerate(shown):
        with st.container(border=True, key=f"finding-{place}"):
            show_text(one.title, kind="strong")
            show_text(one.words)
            page = pages[one.link.page]
            query = {"run": chosen.name} | one.link.query
            st.page_link(page, label=f"{one.link.words}: {page.title} →", query_params=query)
