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
from toolkit.curate.cascade import FAILED
from toolkit.curate.groups.named import retention
from toolkit.curate.plan import Plan
from toolkit.curate.rule import Reason, Rule
from toolkit.curate.scorer import COST, Scorer, cost


@dataclass(frozen=True)
class Step:
    """One step of the cascade: the rule, the status it gives, the reasons by row, and what it saw.

    `alone` counts the rows it would take were it the only rule, of the `scored` rows that have its scores.
    """

    rule: str
    status: str
    reasons: Mapping[int, Reason]
    alone: int
    scored: int


@dataclass(frozen=True)
class Decided:
    """The steps in order; `deciding` is the index of the step that took each row, -1 for a kept one."""

    columns: pa.Table
    steps: tuple[Step, ...]
    deciding: NDArray[np.int64]

    def table(self, start: int, size: int) -> pa.Table:
        """Return rows `start` to `start + size` as a validated decisions table."""
        sample_ids = self.columns["sample_id"].slice(start, size).to_pylist()
        return schema.from_rows(
            "decisions", [self._row(start + offset, sample_id) for offset, sample_id in enumerate(sample_ids)]
        )

    def _row(self, row: int, sample_id: str) -> dict[str, object]:
        decided = int(self.deciding[row])
        status = "kept" if decided < 0 else self.steps[decided].status
        reasons = [step.reasons[row]._asdict() for step in self.steps[max(decided, 0) :] if row in step.reasons]
        return {"sample_id": sample_id, "status": status, "keep": status == "kept", "reasons": reasons}


def decide_rows(columns: pa.Table, plan: Plan) -> Decided:
    """Return the decision for every row of `columns` (sample_id, facts of pairs, scores, `failures`)."""
    taken = np.full(columns.num_rows, -1, dtype=np.int64)
    steps: list[Step] = []
    for one in _order(plan):
        left = np.flatnonzero(taken < 0)
        step = _fail(one, columns) if isinstance(one, str) else _apply(one, columns, left)
        for row in step.reasons:
            if taken[row] < 0:
                taken[row] = len(steps)
        steps.append(step)
    return Decided(columns, tuple(steps), taken)


def _order(plan: Plan) -> Iterator[Rule | str]:
    """Yield failures by the level at which they show, between the local rules of each level; global rules last.

    So a row is decided by the same step whether it was scored further or not.
    """
    for level, need in enumerate(COST):
        yield f"failed_{need}"
        for rule in plan.local_rules:
            if rule_level(rule, plan.scorers) == level:
                yield rule
    yield from (rule for rule in plan.rules if rule.scope == "global")


def rule_level(rule: Rule, scorers: Sequence[Scorer]) -> int:
    """Return the level of the dearest scorer whose columns `rule` reads; 0 where it reads facts of pairs only."""
    return max((cost(scorer) for scorer in scorers if set(rule.columns) & set(scorer.columns)), default=0)


def _fail(name: str, columns: pa.Table) -> Step:
    """Return the step that takes rows which failed at one level: reading the picture, decoding it, embedding it."""
    rule = {
        "failed_caption": "caption",
        "failed_header": "read",
        "failed_pixels": "decode",
        "failed_embedding": "embed",
    }[name]
    what = {
        "caption": "caption cannot be scored",
        "read": "picture cannot be read",
        "decode": "picture cannot be decoded",
    }
    reasons = {}
    for row, why in enumerate(columns[name].to_pylist()):
        if why:
            reasons[row] = Reason(
                rule, why.partition(":")[0], "", f"{what.get(rule, 'pair cannot be embedded')}: {why}"
            )
    return Step(rule, "failed", reasons, len(reasons), columns.num_rows)


def _apply(rule: Rule, columns: pa.Table, left: NDArray[np.int64]) -> Step:
    """Return the step of `rule`: a local rule sees every row with its scores, a global one those that are left."""
    small = columns.select(["sample_id", *rule.columns])
    present = np.ones(columns.num_rows, dtype=bool)
    for column in rule.columns:
        present &= columns[column].is_valid().to_numpy()
    seen = np.flatnonzero(present)
    everyone = _judge(rule, small, seen)
    reasons = everyone if rule.scope == "local" or len(left) == len(seen) else _judge(rule, small, left)
    return Step(rule.name, "dropped", reasons, len(everyone), len(seen))


def _judge(rule: Rule, small: pa.Table, rows: NDArray[np.int64]) -> dict[int, Reason]:
    judged = rule.judge(small.take(pa.array(rows)))
    return {int(rows[position]): reason for position, reason in sorted(judged.items())}


def failures(scores: pa.Table, errors: Sequence[str | None], scorers: Sequence[Scorer]) -> dict[str, list[str | None]]:
    """Return a column a level, `failed_caption` to `failed_embedding`: why the row failed there first, else null."""
    levels = {scorer.name: cost(scorer) for scorer in scorers}
    found: dict[str, list[str | None]] = {f"failed_{need}": [None] * len(errors) for need in COST}
    found["failed_header"] = list(errors)
    for row in np.flatnonzero(pc.list_value_length(pc.cast(scores["unscored"], _ENTRIES)).to_numpy()):
        if errors[int(row)] is not None:
            continue
        for name, why in scores["unscored"][row].as_py():
            if why.startswith(FAILED) and name in levels:
                column = found[f"failed_{COST[levels[name]]}"]
                column[row] = column[row] or why.removeprefix(FAILED)
    return found


_ENTRIES = pa.list_(pa.struct([("key", pa.string()), ("value", pa.string())]))


def counts(decided: Decided) -> dict[str, Any]:
    """Return the counts of a run: by status, the funnel in order, each rule alone, by source, and by group named.

    Raises AssertionError where kept + dropped + failed + quarantined is not the number of rows in.
    """
    names = np.array(["kept", *(step.status for step in decided.steps)], dtype=object)[decided.deciding + 1]
    totals = {status: int((names == status).sum()) for status in schema.STATUSES}
    rows_in = decided.columns.num_rows
    assert sum(totals.values()) == rows_in, f"{totals} do not add up to {rows_in} rows"
    rules = np.array(["", *(step.rule for step in decided.steps)], dtype=object)[decided.deciding + 1].tolist()
    return {
        "rows_in": rows_in,
        **totals,
        "funnel": _funnel(decided),
        "by_source": _by_source(decided.columns["source"].to_pylist(), names),
        "retention": {
            attribute: {
                value: one._asdict() for value, one in retention(decided.columns[attribute].to_pylist(), rules).items()
            }
            for attribute in ("gender_named", "skin_tone_named")
        },
    }


def _funnel(decided: Decided) -> list[dict[str, object]]:
    funnel: list[dict[str, object]] = []
    left = decided.columns.num_rows
    for index, step in enumerate(decided.steps):
        lost = int((decided.deciding == index).sum())
        alone = {"scored": step.scored, "taken": step.alone}
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


def _by_source(sources: Sequence[str | None], statuses: NDArray[Any]) -> dict[str, dict[str, int]]:
    names = np.array([one or "" for one in sources], dtype=object)
    return {
        name: {"rows_in": int((names == name).sum())}
        | {status: int(((names == name) & (statuses == status)).sum()) for status in schema.STATUSES}
        for name in sorted(set(names.tolist()))
    }
