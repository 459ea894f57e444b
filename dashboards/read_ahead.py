"""What pages import and the tables of a run, read while people look at the first page, where nobody waits for it."""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import streamlit as st

from dashboards.runs import Listed
from toolkit.engine.garbage import collect_seldom

# What pages import when they show something: charts, intervals, thresholds, comparisons.
LATER = (
    "altair",
    "dashboards.charts",
    "dashboards.charts_data",
    "dashboards.mapping.figure",
    "dashboards.mitigating.charts",
    "plotly.graph_objects",
    "scipy.stats",
    "statsmodels.stats.multitest",
    "toolkit.curate.exploring.opening",
    "toolkit.curate.exploring.group_changes",
    "toolkit.audit.comparing.compare",
)
MOST_RUNS = 8
_log = logging.getLogger(__name__)


def read_tables_ahead(listed: Listed) -> None:
    """Begin to read the tables of a run, once for each state of it; pages that want them sooner wait for this."""
    _begin(listed)


@st.cache_resource(max_entries=MOST_RUNS, show_spinner=False, hash_funcs={Listed: lambda one: (one.path, one.version)})
def _begin(listed: Listed) -> threading.Thread:
    thread = threading.Thread(target=_read_tables, args=(listed,), name="reading tables ahead", daemon=True)
    thread.start()
    return thread


def _read_tables(listed: Listed) -> None:
    from dashboards import data, explored, pairs_data, provenance
    from dashboards.mapping.layouts import map_of_most
    from dashboards.reviewing.reading import to_ask

    read_ahead()
    for read in (
        data.audited,
        data.decided_pairs,
        data.curation,
        data.retained,
        explored.explorer_of,
        pairs_data.copies_of,
        pairs_data.composition_of,
        data.pairs_of_ledger,
        provenance.provenance,
        to_ask,
        map_of_most,
    ):
        try:
            read(listed)
        except Exception as error:  # the page that shows it says what is wrong
            _log.info("%s of %s was not read ahead: %s", read.__name__, listed.name, error)


@asynccontextmanager
async def reading_ahead(app: object) -> AsyncIterator[dict[str, Any]]:
    """Set up the process of the server of `app` for what is read ahead."""
    collect_seldom()
    # Tables are read in threads that no page waits for, which is all that this warning says of them.
    logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context").setLevel(logging.ERROR)
    yield {}


def read_ahead() -> None:
    """Import every page, and then what they import when they show something."""
    from dashboards import pages

    for name in (*(f"dashboards.pages.{one.name}" for one in iter_modules(pages.__path__)), *LATER):
        try:
            import_module(name)
        except Exception as error:  # a package that is missing or broken: the page that needs it says so
            _log.info("%s was not read ahead: %s", name, error)
