"""Tables of a run's pairs as their pages want them, read once for each state of its run.json."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from dashboards import data
from dashboards.runs import Listed
from toolkit.report.composition import Composition, composition
from toolkit.report.copies import Copies, copies
from toolkit.store import RunFolder

KEPT_IN_MEMORY = 2


def copies_of(chosen: Listed) -> Copies | None:
    """Return the copies that curation took; None without decisions."""
    return _copies(str(chosen.path), chosen.version)


@st.cache_resource(max_entries=KEPT_IN_MEMORY, show_spinner=False)
def _copies(path: str, version: int) -> Copies | None:
    return copies(RunFolder(Path(path)))


def composition_of(chosen: Listed) -> Composition | None:
    """Return what the pairs of a run are made of; None without pairs."""
    return _composition(str(chosen.path), chosen.version)


@st.cache_resource(max_entries=KEPT_IN_MEMORY, show_spinner=False)
def _composition(path: str, version: int) -> Composition | None:
    return composition(RunFolder(Path(path)))


def pairs_called(chosen: Listed, sample_ids: list[str]) -> dict[str, dict[str, Any]]:
    """Return the rows of `dashboards.data.decided_pairs` that are called so, by sample_id."""
    pairs = data.decided_pairs(chosen)
    if pairs is None:
        return {}
    wanted = pairs.filter(pc.is_in(pairs["sample_id"], value_set=pa.array(sample_ids, pa.string())))
    return {row["sample_id"]: row for row in wanted.to_pylist()}
