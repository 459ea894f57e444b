"""The curation funnel: how many rows came in, what each rule took, and what is left."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

import pyarrow as pa

from toolkit.schema import STATUSES
from toolkit.store import RunFolder


class Step(NamedTuple):
    """Rows that one rule decided about: `status` dropped, failed or quarantined; `remaining` rows go on after it.

    `alone` is the rows it would take if it were the only rule, of `scored` that have its score; None where unknown.
    """

    status: str
    rule: str
    rows: int
    remaining: int
    alone: int | None = None
    scored: int | None = None


class Funnel(NamedTuple):
    """`rows_in` = kept + dropped + failed + quarantined, and the steps between in the order of the cascade."""

    rows_in: int
    kept: int
    dropped: int
    failed: int
    quarantined: int
    steps: tuple[Step, ...]


def funnel(run: RunFolder) -> Funnel | None:
    """Return the funnel of the decisions that `run` or its inputs hold; None where there are none."""
    holder = run.find("decisions")
    if holder is None:
        return None
    decided: Counter[tuple[str, str]] = Counter()
    statuses: Counter[str] = Counter()
    for rows in holder.scan("decisions", columns=["status", "reasons"]):
        statuses.update(rows["status"].to_pylist())
        decided.update(_deciding_rules(rows))
    rows_in = statuses.total()
    cascade = _cascade(holder)
    order = list(cascade)
    steps, remaining = [], rows_in
    for (status, rule), rows_taken in sorted(decided.items(), key=lambda one: _place(one[0], one[1], order)):
        remaining -= rows_taken
        alone = cascade.get(rule, {})
        steps.append(Step(status, rule, rows_taken, remaining, alone.get("taken"), alone.get("scored")))
    kept, dropped, failed, quarantined = (statuses[status] for status in STATUSES)
    return Funnel(rows_in, kept, dropped, failed, quarantined, tuple(steps))


def _deciding_rules(rows: pa.Table) -> list[tuple[str, str]]:
    """Return (status, rule) of each row that was not kept: the first reason is the rule that decided."""
    pairs = zip(rows["status"].to_pylist(), rows["reasons"].to_pylist(), strict=True)
    decided = ((status, reasons[0]["rule"] if reasons else "no reason given") for status, reasons in pairs)
    return [one for one in decided if one[0] != "kept"]


def _cascade(run: RunFolder) -> dict[str, dict[str, int]]:
    """Return the rules in the order in which they were applied, each with what it takes alone, as far as recorded."""
    for entry in run.stages.values():
        recorded: Any = entry.get("counts", {}).get("funnel")
        if isinstance(recorded, list):
            return {str(one["rule"]): one.get("alone") or {} for one in recorded if "rule" in one}
    return {}


def _place(step: tuple[str, str], rows: int, order: list[str]) -> tuple[int, int, int, str]:
    status, rule = step
    known = order.index(rule) if rule in order else len(order)
    return (known, 0 if status == "failed" else 1, -rows, rule)
