"""Tables of a run's pairs as their pages want them, read once for each state of its run.json."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import streamlit as st
from numpy.typing import NDArray

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


def scores_of(chosen: Listed, sample_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the scores of some pairs by sample_id, without those that are null and those that are no single value."""
    holder = chosen.run.find("scores")
    if holder is None or not sample_ids:
        return {}
    shards, wanted = holder.shards("scores"), pa.array(sample_ids, pa.string())
    ids, starts = _scored_ids(str(chosen.path), chosen.version)
    places = pc.indices_nonzero(pc.is_in(ids, value_set=wanted)).to_numpy()
    columns = [one.name for one in pq.read_schema(shards[0]) if _is_single(one.type)]
    found: dict[str, dict[str, Any]] = {}
    for shard in np.unique(np.searchsorted(starts, places, side="right") - 1).tolist():
        rows = holder.read_one(shards[shard], columns)
        for row in rows.filter(pc.is_in(rows["sample_id"], value_set=wanted)).to_pylist():
            found[row.pop("sample_id")] = {key: value for key, value in row.items() if value is not None}
    return found


@st.cache_resource(max_entries=KEPT_IN_MEMORY, show_spinner=False)
def _scored_ids(path: str, version: int) -> tuple[pa.ChunkedArray, NDArray[np.int64]]:
    """Return the names of the rows that a run has scored, and at which of them each shard begins."""
    holder = RunFolder(Path(path)).find("scores")
    assert holder is not None, "asked for where there are scores"
    shards = [one["sample_id"] for one in holder.scan("scores", ["sample_id"])]
    sizes = np.array([len(one) for one in shards])
    return pa.chunked_array([chunk for one in shards for chunk in one.chunks]), np.cumsum(sizes) - sizes


def _is_single(kind: pa.DataType) -> bool:
    return any(
        test(kind) for test in (pa.types.is_boolean, pa.types.is_integer, pa.types.is_floating, pa.types.is_string)
    )


def pairs_called(chosen: Listed, sample_ids: list[str]) -> dict[str, dict[str, Any]]:
    """Return the rows of `dashboards.data.decided_pairs` that are called so, by sample_id."""
    pairs = data.decided_pairs(chosen)
    if pairs is None:
        return {}
    wanted = pairs.filter(pc.is_in(pairs["sample_id"], value_set=pa.array(sample_ids, pa.string())))
    return {row["sample_id"]: row for row in wanted.to_pylist()}
