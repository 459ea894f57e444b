"""Copies that curation took, by the picture that stays: clusters of pairs, told by the reasons of the decisions."""

from __future__ import annotations

from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from toolkit.store import RunFolder

# The rules on copies within a run, and how people call what each finds; a reason's value is the row that stays.
EXACT, PERCEPTUAL, SEMANTIC = "exact_duplicate", "perceptual_duplicate", "semantic_duplicate"
# Those on copies of rows outside of it; a reason's value is a row there.
EARLIER, EVALUATION = "earlier_copy", "decontamination"
KINDS = {
    EXACT: "the same file",
    PERCEPTUAL: "looks the same",
    SEMANTIC: "shows the same",
    EARLIER: "kept by an earlier run",
    EVALUATION: "in an evaluation set",
}
OUTSIDE = frozenset({EARLIER, EVALUATION})


class Copies(NamedTuple):
    """`rows`: sample_id, kind (the rule), stays (the row that each is a copy of) and text (why) of every copy that was
    taken, by stays and sample_id. `clusters`: kind, stays and copies (how many were taken for it), the largest first.
    """

    rows: pa.Table
    clusters: pa.Table

    def of(self, kind: str | None) -> pa.Table:
        """Return the clusters of one kind, all for None."""
        return self.clusters if kind is None else self.clusters.filter(pc.equal(self.clusters["kind"], kind))

    def members(self, kinds: list[str], stays: list[str]) -> pa.Table:
        """Return the `rows` of some clusters, named by kind and the row that stays."""
        keys = pc.binary_join_element_wise(self.rows["kind"], self.rows["stays"], " ")
        wanted = [f"{kind} {one}" for kind, one in zip(kinds, stays, strict=True)]
        return self.rows.filter(pc.is_in(keys, value_set=pa.array(wanted, pa.string())))


class KindOfCopies(NamedTuple):
    """How many `clusters` of one `kind` there are, how many `copies` were taken, and the most for one row."""

    kind: str
    clusters: int
    copies: int
    largest: int


def copies(run: RunFolder) -> Copies | None:
    """Return the copies that the decisions of `run` or of its inputs took; None where there are no decisions.

    A row counts for the rule that decided about it, the first of its reasons.
    """
    decider = run.find("decisions")
    if decider is None:
        return None
    shards = [_taken(rows) for rows in decider.scan("decisions", ["sample_id", "keep", "reasons"])]
    rows = pa.concat_tables([_NOTHING.empty_table(), *shards]).sort_by(
        [("stays", "ascending"), ("sample_id", "ascending")]
    )
    counted = rows.group_by(["kind", "stays"]).aggregate([("sample_id", "count")])
    clusters = pa.table({name: counted[column] for name, column in _CLUSTER.items()})
    order = [("copies", "descending"), ("kind", "ascending"), ("stays", "ascending")]
    return Copies(rows, clusters.sort_by(order))


def kinds_of(found: Copies) -> list[KindOfCopies]:
    """Return what was found of each kind, in the order in which rules decide; kinds of which nothing was found are
    left out."""
    told = []
    for kind in (EVALUATION, EARLIER, EXACT, PERCEPTUAL, SEMANTIC):
        sizes = found.of(kind)["copies"]
        if len(sizes):
            told.append(KindOfCopies(kind, len(sizes), pc.sum(sizes).as_py(), pc.max(sizes).as_py()))
    return told


_NOTHING = pa.schema([(name, pa.string()) for name in ("sample_id", "kind", "stays", "text")])
_CLUSTER = {"kind": "kind", "stays": "stays", "copies": "sample_id_count"}


def _taken(rows: pa.Table) -> pa.Table:
    """Return the copies among `rows` of decisions."""
    left_out = rows.filter(pc.invert(pc.fill_null(rows["keep"], fill_value=False)))
    left_out = left_out.filter(pc.greater(pc.fill_null(pc.list_value_length(left_out["reasons"]), 0), 0))
    first = pc.list_element(left_out["reasons"], 0)
    rules = pc.struct_field(first, "rule")
    table = pa.table(
        {
            "sample_id": left_out["sample_id"],
            "kind": rules,
            "stays": pc.fill_null(pc.struct_field(first, "value"), ""),
            "text": pc.struct_field(first, "text"),
        },
        schema=_NOTHING,
    )
    return table.filter(pc.is_in(rules, value_set=pa.array(list(KINDS), pa.string())))
