"""Which rows another recipe would have to score first, because an earlier rule had dropped them: told from the reasons
that the scores table gives, with no picture looked at."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit.curate.decisions import Decided
from toolkit.curate.plan import Plan
from toolkit.curate.scorer import LEVELS, cost
from toolkit.curate.shard import SKIPPED

Marks = NDArray[np.bool_]
_ENTRIES = pa.list_(pa.struct([("key", pa.string()), ("value", pa.string())]))


def skipped_by_level(shards: Iterable[pa.Table], plan: Plan, columns: Iterable[str]) -> Marks:
    """Return for each level of scorers and row whether one of `plan` has skipped it, bool (levels, rows).

    `shards` are scores with their `unscored`, whose table has `columns`: a scorer whose columns are not there has
    skipped every row.
    """
    known = set(columns)
    absent = np.zeros(len(LEVELS), dtype=bool)
    for scorer in plan.scorers:
        absent[cost(scorer)] |= not set(scorer.columns) <= known
    levels = {scorer.name: cost(scorer) for scorer in plan.scorers}
    found = [_skipped(shard["unscored"], levels) for shard in shards]
    return np.concatenate([np.zeros((len(LEVELS), 0), dtype=bool), *found], axis=1) | absent[:, None]


def rows_to_score(decided: Decided, plan: Plan, skipped: Marks, readable: Marks) -> Marks:
    """Return which rows scorers of `plan` would look at that have not, bool (rows,): those that no local rule takes
    before the level at which they were `skipped`; of pictures only where they are `readable`.

    It is the walk of `toolkit.curate.cascade.needed`, so that its number is the one that `tain decide` gives.
    """
    taken = {step.rule: step.alone for step in decided.steps}
    left = np.ones(len(readable), dtype=bool)
    found = np.zeros(len(readable), dtype=bool)
    for level in range(len(LEVELS)):
        if level == 1:
            left &= readable
        found |= left & skipped[level]
        if not plan.score_all:
            for rule in plan.local_rules_at(level):
                left[taken[rule.name]] = False
    return found


def _skipped(unscored: pa.ChunkedArray, levels: dict[str, int]) -> Marks:
    entries = pc.cast(unscored.combine_chunks(), _ENTRIES)
    flat, rows = pc.list_flatten(entries), pc.list_parent_indices(entries)
    skipped = pc.equal(pc.struct_field(flat, "value"), SKIPPED)
    names = pc.struct_field(flat, "key").filter(skipped).dictionary_encode()
    of_names = np.array([levels.get(name, -1) for name in names.dictionary.to_pylist()], dtype=np.int64)
    level = of_names[names.indices.to_numpy()] if len(of_names) else np.zeros(0, np.int64)
    row = rows.filter(skipped).to_numpy()
    found = np.zeros((len(LEVELS), len(unscored)), dtype=bool)
    found[level[level >= 0], row[level >= 0]] = True
    return found
