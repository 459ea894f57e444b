"""Whom each rule leaves out, as rows of the measures table: retention by attribute, group and rule."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit import schema
from toolkit.curate.groups.attributes import Attribute, Attributes, read_attributes
from toolkit.curate.groups.recipe import GroupRecipe
from toolkit.curate.groups.tallies import Passed, alone, in_order, membership
from toolkit.statistics.retention import Bounded, Retention, adjust, retention
from toolkit.store import RunFolder

ALL = "all"  # the slice of all rules together, and the subject of several sources
NONE = "none named"
CONFIDENCE = 0.95
DIGITS = 10
_MARKS = "retention"
Row = dict[str, object]


class Outcome(NamedTuple):
    """What the rules decided: `deciding` is the step that took each row (-1: kept), int64 (rows,); `rules` the name of
    each step, and `alone` the rows that each would take were it the only one, ascending."""

    deciding: NDArray[np.int64]
    rules: Sequence[str]
    alone: Sequence[NDArray[np.int64]]


def measure_retention(given: Attributes, outcome: Outcome, asked: GroupRecipe) -> pa.Table:
    """Return the measures of `outcome` for every attribute, group and rule that took any row; slice `all` is all rules
    together.

    `retention` is the share of the group's rows that stayed, with the test that its others stay as often (`p`, and `q`
    over all tests of these rows); `retention_alone` the same were the rule the only one, over the rows scored by all,
    a family of its own; `retention_ratio` that share over the one of the best-kept group, named in `reference`;
    `share_before`, `share_after` and `amplification` as `toolkit.statistics.retention` has them. The others of a group
    are the rows that name another one; those that name none are compared with those that name any.
    """
    subject = f"data:{given.sources[0] if len(given.sources) == 1 else ALL}"
    rows: list[Row] = []
    for one in given.attributes:
        members = membership(one, asked.most_groups)
        cascade = in_order(one, members, outcome.deciding, len(outcome.rules))
        apart = alone(one, members, outcome.alone, given.scored_by_all)
        for slice_, passed in zip((ALL, *outcome.rules), cascade, strict=True):
            rows += _measures(one, members.groups, slice_, passed, "retention", asked.min_rows)
        for slice_, passed in zip(outcome.rules, apart, strict=True):
            rows += _measures(one, members.groups, slice_, passed, "retention_alone", asked.min_rows)
    for name in ("retention", "retention_alone"):
        _adjust([row for row in rows if row["measure"] == name])
    return schema.from_rows("measures", [{"subject": subject, "correction": "uncorrected"} | row for row in rows])


def write_retention(scored: RunFolder, out: RunFolder, outcome: Outcome, asked: GroupRecipe) -> None:
    """Write the measures of `outcome`, decided on the rows of `scored`, to the run `out`."""
    out.discard_unmarked(_MARKS, ["measures"])
    if not out.marked(_MARKS):
        out.write_shard("measures", 0, measure_retention(read_attributes(scored, asked), outcome, asked))
        out.mark(_MARKS, 0)


def _measures(
    attribute: Attribute, groups: Sequence[str], slice_: str, passed: Passed, name: str, fewest: int
) -> Iterator[Row]:
    """Yield the rows of one attribute and slice; none where the rule took nobody."""
    if (passed.named_kept, passed.unnamed_kept) == (passed.named_reached, passed.unnamed_reached):
        return
    named = retention(
        passed.reached,
        passed.kept,
        passed.named_reached - passed.reached,
        passed.named_kept - passed.kept,
        fewest=fewest,
        confidence=CONFIDENCE,
    )
    unnamed = retention(
        [passed.unnamed_reached], [passed.unnamed_kept], [passed.named_reached], [passed.named_kept], fewest=fewest
    )
    everyone = (passed.named_reached + passed.unnamed_reached, passed.named_kept + passed.unnamed_kept)
    place: Row = {"slice": slice_, "attribute": attribute.name, "annotator": attribute.annotator}
    for index, group in enumerate(groups):
        if passed.reached[index]:
            best = groups[named.best] if named.best >= 0 else ""
            n = int(passed.reached[index])
            totals = (n, passed.named_reached, passed.named_kept)
            yield from _of_group(place | {"group": group}, named, index, totals, name, best, fewest)
    if passed.unnamed_reached and passed.named_reached:
        totals = (passed.unnamed_reached, *everyone)
        yield from _of_group(place | {"group": NONE}, unnamed, 0, totals, name, "", fewest)


def _of_group(
    place: Row, found: Retention, index: int, totals: tuple[int, int, int], name: str, best: str, fewest: int
) -> Iterator[Row]:
    n, before, after = totals
    few = None if found.measurable[index] else _why(n, before - n, fewest)
    yield (
        place
        | {"measure": name, "n": n, "method": "wilson, fisher", "p": _number(found.p[index]), "not_measurable": few}
        | (_bounded(found.rate, index))
    )
    if name != "retention" or few is not None:
        return
    if best:
        ratio = {"measure": "retention_ratio", "n": n, "method": "koopman", "reference": f"best kept: {best}"}
        yield place | ratio | _bounded(found.ratio, index)
    yield place | {
        "measure": "share_before",
        "n": before,
        "method": "census",
        "value": _number(found.share_before[index]),
    }
    shares = {"n": after, "method": "koopman"}
    yield place | {"measure": "share_after"} | shares | _bounded(found.share_after, index)
    yield place | {"measure": "amplification"} | shares | _bounded(found.amplification, index)


def _why(n: int, others: int, fewest: int) -> str:
    who = "of this group" if n < fewest else "that name another group"
    rows = min(n, others)
    return f"{rows} row{'' if rows == 1 else 's'} {who} reached the rule; {fewest} are asked for"


def _bounded(values: Bounded, index: int) -> Row:
    ends: Row = {key: _number(getattr(values, key)[index]) for key in ("value", "low", "high")}
    return ends | {"confidence": None if ends["low"] is None else CONFIDENCE}


def _number(value: float) -> float | None:
    """Return `value` to ten significant digits, None for a NaN or infinity."""
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None


def _adjust(rows: list[Row]) -> None:
    p = np.array([np.nan if row["p"] is None else row["p"] for row in rows], dtype=np.float64)
    for row, q in zip(rows, adjust(p), strict=True):
        row["q"] = _number(q)
