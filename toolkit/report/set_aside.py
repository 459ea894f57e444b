"""Pairs of a dataset that nobody is shown sharp without asking: how many, why, and which rule decided on them."""

from __future__ import annotations

from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

NO_RULE = "no rule"


class SetAside(NamedTuple):
    """How many `rows` are blurred for one reason (`veil`), with the status and the rule that decided on them."""

    veil: str
    status: str
    rule: str
    rows: int


def set_aside(pairs: pa.Table) -> list[SetAside]:
    """Return the rows of `pairs` (with veil, status and rule, which may be null) that have a veil, by all three; the
    most first."""
    counted = _filled(pairs.filter(pc.is_valid(pairs["veil"]))).group_by(["veil", "status", "rule"])
    rows = counted.aggregate([([], "count_all")]).to_pylist()
    found = [SetAside(row["veil"], row["status"], row["rule"], row["count_all"]) for row in rows]
    return sorted(found, key=lambda one: (-one.rows, one))


def rows_of(pairs: pa.Table, one: SetAside) -> pa.Table:
    """Return the rows of `pairs` that `one` counts, in their order."""
    filled, chosen = _filled(pairs), None
    for name, value in (("veil", one.veil), ("status", one.status), ("rule", one.rule)):
        same = pc.equal(filled[name], value)
        chosen = same if chosen is None else pc.and_(chosen, same)
    return pairs.filter(pc.fill_null(chosen, fill_value=False))


def _filled(pairs: pa.Table) -> pa.Table:
    """Return veil, status and rule of `pairs`, words in place of nulls of the last two."""
    return pa.table(
        {
            "veil": pairs["veil"],
            "status": pc.fill_null(pairs["status"], "not decided"),
            "rule": pc.fill_null(pairs["rule"], NO_RULE),
        }
    )
