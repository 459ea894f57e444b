"""How the figures of a run came about, read once for each state of its run.json."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import streamlit as st

from dashboards.data import KEPT_IN_MEMORY
from dashboards.runs import Listed
from toolkit.report.downloads import Download, downloads
from toolkit.report.limits import Limits, limits
from toolkit.report.manifest import manifest, recipes
from toolkit.store import RunFolder

if TYPE_CHECKING:
    from toolkit.report.methods import Family


class Provenance(NamedTuple):
    """How the measures of a run are computed, what they do not say, and what made them: a dict a run, with its recipes
    beside it; and the files that can be taken away."""

    families: list[Family]
    limits: Limits
    manifest: list[dict[str, Any]]
    recipes: list[dict[str, Any]]
    files: list[Download]


def provenance(listed: Listed) -> Provenance:
    """Return how the figures of a run came about."""
    return _provenance(str(listed.path), listed.version)


@st.cache_resource(max_entries=KEPT_IN_MEMORY, show_spinner=False)
def _provenance(path: str, version: int) -> Provenance:
    from toolkit.report.methods import methods_of

    run = RunFolder(Path(path))
    return Provenance(methods_of(run), limits(run), manifest(run), recipes(run), downloads(run))
