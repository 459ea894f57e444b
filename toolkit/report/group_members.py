"""Which rows are of one group, by the scores and facts that a run holds."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from toolkit.report.retention import ANY_NAMED, NONE_NAMED
from toolkit.store import RunFolder

WORDS = "words"  # the annotator of groups that word lists find in captions
_PREFIX = "group_"
_SEPARATOR = ", "


def group_members(run: RunFolder, attribute: str, annotator: str, group: str) -> pa.Array | None:
    """Return the sample_ids of the rows of `run` or its inputs in `group`, those in any or none for these two.

    None where the tables of single rows do not say it: labels, and further columns of the input, are not read.
    """
    table = "pairs" if attribute in ("source", "license") else "scores"
    column = f"{_PREFIX}{attribute}" if annotator == WORDS else attribute
    holder = run.find(table)
    if holder is None or column not in holder.columns(table):
        return None
    rows = holder.read(table, columns=["sample_id", column])
    values = pc.fill_null(pc.cast(rows[column], pa.string()), "")
    told = pc.unique(values).to_pylist()
    if group in (ANY_NAMED, NONE_NAMED):
        inside = [one for one in told if bool(one) == (group == ANY_NAMED)]
    else:
        inside = [one for one in told if group in (one.split(_SEPARATOR) if annotator == WORDS else [one])]
    return rows.filter(pc.is_in(values, value_set=pa.array(inside, pa.string())))["sample_id"].combine_chunks()
