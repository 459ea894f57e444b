"""Which runs of a dashboard are mitigations, and what they say; where their audits are among the runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st

from dashboards.data import KEPT_IN_MEMORY
from dashboards.runs import Listed
from toolkit.report.mitigation import JSON_FILE, read_mitigation


class Audits(NamedTuple):
    """The audits before and after, as far as they are among the runs that this dashboard may open."""

    before: Listed | None
    after: Listed | None


def mitigations(runs: Mapping[str, Listed]) -> list[str]:
    """Return the names of the runs that hold a mitigation.json."""
    return [name for name, one in runs.items() if (one.path / JSON_FILE).is_file()]


def mitigation_of(listed: Listed) -> dict[str, Any]:
    """Return what the mitigation.json of a run says. Raises RunError where it is damaged."""
    return _mitigation_of(str(listed.path), (listed.path / JSON_FILE).stat().st_mtime_ns)


@st.cache_resource(max_entries=KEPT_IN_MEMORY, show_spinner=False)
def _mitigation_of(path: str, version: int) -> dict[str, Any]:
    return read_mitigation(Path(path))


def audits_of(listed: Listed, found: Mapping[str, Any], step: Mapping[str, Any], runs: Mapping[str, Listed]) -> Audits:
    """Return the audits of one strength: what a file names is opened only where it is one of `runs`."""
    known = {one.path.resolve(): one for one in runs.values() if one.problem is None}
    inputs = [one.path.resolve() for one in listed.run.inputs()]
    before = [Path(found["before"]).resolve(), *inputs]  # a folder that was moved is still where run.json finds it
    after = (listed.path / step["run"]).resolve()
    return Audits(next((known[one] for one in before if one in known), None), known.get(after))
