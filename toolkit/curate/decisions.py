"""Decisions from small columns: every row gets a status and its reasons, and every step is counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit import schema
from toolkit.curate.distinct import distinct
from toolkit.curate.plan import Plan
from toolkit.curate.rule import Reason, Rule, Taken
from toolkit.curate.scorer import LEVELS, Scorer, cost
from toolkit.curate.shard import FAILED
from toolkit.engine.local import Gathered

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Step:
    """One step of the cascade: the rule, the status it gives, the rows it takes with their reasons, and what it saw.

    `alone` are the rows it would take were it the only rule, of the `scored` rows that have its scores.
    """

    rule: str
    status: str
    taken: Taken
    alone: Rows
    scored: int

    def reasons(self, start: int, stop: int) -> Iterator[tuple[int, Reason]]:
        """Yield (row, reason) of the rows taken from `start` to `stop`."""
        first, last = np.searchsorted(self.taken.rows, (start, stop)).tolist()
        for index in range(first, last):
            yield int(self.taken.rows[index]), self.taken.explain(index)


@dataclass(frozen=True)
class Decided:
    """The steps in order; `deciding` is the index of the step that took each row, -1 for a kept one."""

    columns: Gathered
    steps: tuple[Step, ...]
    deciding: Rows

    def table(self, start: int, size: int) -> pa.Table:
        """Return rows `start` to `start + size` as a validated decisions table."""
        sample_ids = self.columns.table["sample_id"].slice(start, size).combine_chunks()
        deciding = self.deciding[start : start + size]
        return schema.from_columns(
            "decisions",
            {
                "sample_id": sample_ids,
                "status": self.statuses[deciding].tolist(),
                "keep": (deciding < 0).tolist(),
                "reasons": self._reasons(start, len(deciding)),
            },
        )

    def _reasons(self, start: int, size: int) -> pa.Array:
        """Return why each of `size` rows from `start` on was taken, first by the step that decided."""
        rows: list[int] = []
        said: list[Reason] = []
        for index, step in enumerate(self.steps):
            for row, reason in step.reasons(start, start + size):
                if 0 <= self.deciding[row] <= index:
                    rows.append(row - start)
                    said.append(reason)
        order = np.argsort(np.array(rows, dtype=np.int64), kind="stable").tolist()
        parts = zip(*(said[place] for place in order), strict=True) if said else [()] * len(Reason._fields)
        reasons = pa.StructArray.from_arrays(
            [pa.array(part, pa.string()) for part in parts], fields=list(schema.REASON)
        )
        ends = np.cumsum(np.bincount(rows, minlength=size)) if rows else np.zeros(size, dtype=np.int64)
        offsets = pa.array([0, *ends.tolist()], pa.int32())
        return pa.ListArray.from_arrays(offsets, reasons)

    @property
    def statuses(self) -> NDArray[np.object_]:
        """The status that each step gives, and `kept` last, so that `deciding` is an index into it."""
        return np.array([*(step.status for step in self.steps), "kept"], dtype=object)

    @property
    def rules(self) -> NDArray[np.object_]:
        """The rule of each step, and "" last, so that `deciding` is an index into it."""
        return np.array([*(step.rule for step in self.steps), ""], dtype=object)


def decide_rows(columns: Gathered, plan: Plan) -> Decided:
    """Return the decision for every row of `columns` (sample_id, facts of pairs, scores, failures)."""
    deciding = np.full(columns.rows, -1, dtype=np.int64)
    steps: list[Step] = []
    for one in _order(plan):
        left = deciding < 0
        step = _fail(one, columns) if isinstance(one, str) else _apply(one, columns, left)
        deciding[step.taken.rows[left[step.taken.rows]]] = len(steps)
        steps.append(step)
    return Decided(columns, tuple(steps), deciding)


def _order(plan: Plan) -> Iterator[Rule | str]:
    """Yield failures by the level at which they show, between the local rules of each level; global rules last.

    So a row is decided by the same step whether it was scored further or not.
    """
    for level, need in enumerate(LEVELS):
        yield f"failed_{need}"
        yield from plan.local_rules_at(level)
    yield from (rule for rule in plan.rules if rule.scope == "global")


_FAILURES = {
    "failed_caption": ("caption", "caption cannot be scored"),
    "failed_header": ("read", "picture cannot be read"),
    "failed_pixels": ("decode", "picture cannot be decoded"),
    "failed_embedding": ("embed", "pair cannot be embedded"),
}


def _fail(name: str, columns: Gathered) -> Step:
    """Return the step that takes rows which failed at one level: reading the picture, decoding it, embedding it."""
    rule, what = _FAILURES[name]
    why = columns.select([name])[name]
    rows = np.flatnonzero(why.is_valid().to_numpy())

    def explain(index: int) -> Reason:
        said = why[int(rows[index])].as_py()
        return Reason(rule, said.partition(":")[0], "", f"{what}: {said}")

    return Step(rule, "failed", Taken(rows, explain), rows, columns.rows)


def _apply(rule: Rule, columns: Gathered, left: NDArray[np.bool_]) -> Step:
    """Return the step of `rule`: a local rule sees every row with its scores, a global one those that are left."""
    present = np.ones(columns.rows, dtype=bool)
    for column in rule.columns:
        present &= columns.table[column].is_valid().to_numpy()
    taken = alone = _judge(rule, columns, np.flatnonzero(present))
    if rule.scope == "global" and not left[present].all():
        some = np.flatnonzero(present & left)
        taken = _judge(rule, columns, some if alone.related is None else alone.related[left[alone.related]])
    return Step(rule.name, rule.status, taken, alone.rows, int(present.sum()))


def _judge(rule: Rule, columns: Gathered, rows: Rows) -> Taken:
    judged = rule.judge(columns.take(list(dict.fromkeys(["sample_id", *rule.columns])), rows))
    return Taken(rows[judged.rows], judged.explain, None if judged.related is None else rows[judged.related])


def failures(scores: pa.Table, errors: Sequence[str | None], scorers: Sequence[Scorer]) -> dict[str, pa.Array]:
    """Return a column a level, `failed_caption` to `failed_embedding`: why the row failed there first, else null."""
    levels = {scorer.name: cost(scorer) for scorer in scorers}
    found: dict[str, dict[int, str]] = {f"failed_{need}": {} for need in LEVELS}
    unscored = pc.cast(scores["unscored"].combine_chunks(), _ENTRIES)
    whys = pc.struct_field(pc.list_flatten(unscored), "value")
    failed = np.flatnonzero(pc.starts_with(whys, FAILED).to_numpy(zero_copy_only=False))
    if len(failed):
        names = pc.struct_field(pc.list_flatten(unscored), "key").take(failed).to_pylist()
        rows = pc.list_parent_indices(unscored).take(failed).to_pylist()
        for name, row, why in zip(names, rows, whys.take(failed).to_pylist(), strict=True):
            if name in levels and errors[row] is None:
                found[f"failed_{LEVELS[levels[name]]}"].setdefault(row, why.removeprefix(FAILED))
    found["failed_header"] |= {row: error for row, error in enumerate(errors) if error is not None}
    return {name: _sparse(rows, len(errors)) for name, rows in found.items()}


def _sparse(texts: Mapping[int, str], size: int) -> pa.Array:
    """Return `texts` at their places among `size`, null elsewhere."""
    return pa.array([texts.get(row) for row in range(size)], pa.string()) if texts else pa.nulls(size, pa.string())


_ENTRIES = pa.list_(pa.struct([("key", pa.string()), ("value", pa.string())]))


def counts(decided: Decided) -> dict[str, Any]:
    """Return the counts of a run: by status, the funnel in order, each rule alone, and by source.

    Raises AssertionError where kept + dropped + failed + quarantined is not the number of rows in.
    """
    by_source = _by_source(decided)
    totals = {status: sum(one[status] for one in by_source.values()) for status in schema.STATUSES}
    rows_in = decided.columns.rows
    assert sum(totals.values()) == rows_in, f"{totals} do not add up to {rows_in} rows"
    return {"rows_in": rows_in, **totals, "funnel": _funnel(decided), "by_source": by_source}


def _funnel(decided: Decided) -> list[dict[str, object]]:
    funnel: list[dict[str, object]] = []
    left = decided.columns.rows
    for index, step in enumerate(decided.steps):
        lost = int((decided.deciding == index).sum())
        alone = {"scored": step.scored, "taken": len(step.alone)}
        funnel.append(
            {
                "rule": step.rule,
                "status": step.status,
                "rows_in": left,
                "rows_lost": lost,
                "rows_out": left - lost,
                "alone": alone,
            }
        )
        left -= lost
    return funnel


def _by_source(decided: Decided) -> dict[str, dict[str, int]]:
    sources, place = distinct(pc.fill_null(decided.columns.select(["source"])["source"], ""))
    status = np.array([schema.STATUSES.index(one) for one in decided.statuses])[decided.deciding]
    size = len(schema.STATUSES)
    found = np.bincount(place * size + status, minlength=len(sources) * size).reshape(-1, size)
    return {
        sources[index]: {"rows_in": int(found[index].sum())}
        | dict(zip(schema.STATUSES, found[index].tolist(), strict=True))
        for index in sorted(range(len(sources)), key=lambda one: sources[one])
    }
