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
ANY, NONE = "any named", "none named"
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
    are the rows that name another one; those that name any are compared with those that name none.
    """
    subject = f"data:{given.sources[0] if len(given.sources) == 1 else ALL}"
    compared: list[_Compared] = []
    for one in given.attributes:
        members = membership(one, asked.most_groups)
        cascade = in_order(one, members, outcome.deciding, len(outcome.rules))
        apart = alone(one, members, outcome.alone, given.scored_by_all)
        for slice_, passed in zip((ALL, *outcome.rules), cascade, strict=True):
            compared += _compared(one, members.groups, slice_, passed, "retention")
        for slice_, passed in zip(outcome.rules, apart, strict=True):
            compared += _compared(one, members.groups, slice_, passed, "retention_alone")
    rows = list(_rows(compared, asked.min_rows))
    for name in ("retention", "retention_alone"):
        _adjust([row for row in rows if row["measure"] == name])
    return schema.from_rows("measures", [{"subject": subject, "correction": "uncorrected"} | row for row in rows])


def write_retention(scored: RunFolder, out: RunFolder, outcome: Outcome, asked: GroupRecipe) -> None:
    """Write the measures of `outcome`, decided on the rows of `scored`, to the run `out`."""
    out.discard_unmarked(_MARKS, ["measures"])
    if not out.marked(_MARKS):
        out.write_shard("measures", 0, measure_retention(read_attributes(scored, asked), outcome, asked))
        out.mark(_MARKS, 0)


class _Compared(NamedTuple):
    """`groups` that are compared with one another, in which `place` (slice, attribute, annotator) and as which
    `measure`: rows that `reached` a rule and that it `kept`, int64 (groups,), of the `before` rows that name any of
    them, of which `after` were kept."""

    place: Row
    measure: str
    groups: Sequence[str]
    reached: NDArray[np.int64]
    kept: NDArray[np.int64]
    before: int
    after: int


def _compared(
    attribute: Attribute, groups: Sequence[str], slice_: str, passed: Passed, measure: str
) -> Iterator[_Compared]:
    """Yield what is compared of one attribute and slice; nothing where the rule took nobody."""
    before, after = passed.named_reached + passed.unnamed_reached, passed.named_kept + passed.unnamed_kept
    if before == after:
        return
    place: Row = {"slice": slice_, "attribute": attribute.name, "annotator": attribute.annotator}
    yield _Compared(place, measure, groups, passed.reached, passed.kept, passed.named_reached, passed.named_kept)
    if passed.named_reached and passed.unnamed_reached:
        reached = np.array([passed.named_reached, passed.unnamed_reached])
        kept = np.array([passed.named_kept, passed.unnamed_kept])
        yield _Compared(place, measure, (ANY, NONE), reached, kept, before, after)


def _rows(compared: Sequence[_Compared], fewest: int) -> Iterator[Row]:
    """Yield the rows of all that is compared; the statistics of all of it are computed at once."""
    if not compared:
        return
    reached, kept = (np.concatenate([getattr(one, name) for one in compared]) for name in ("reached", "kept"))
    others = np.concatenate([one.before - one.reached for one in compared])
    others_kept = np.concatenate([one.after - one.kept for one in compared])
    families = np.repeat(np.arange(len(compared)), [len(one.reached) for one in compared])
    found = retention(reached, kept, others, others_kept, families=families, fewest=fewest, confidence=CONFIDENCE)
    first = 0
    for given in compared:
        for place in np.flatnonzero(given.reached).tolist():
            yield from _row(given, found, place, first, fewest)
        first += len(given.reached)


def _row(given: _Compared, found: Retention, place: int, first: int, fewest: int) -> Iterator[Row]:
    """Yield the rows of the group at `place` of `given`, whose first group is number `first` of `found`."""
    n, index, few = int(given.reached[place]), first + place, None
    if not found.measurable[index]:
        few = _why(n, given.before - n, fewest)
    tested = {"measure": given.measure, "n": n, "method": "wilson, fisher", "p": _number(found.p[index])}
    here = given.place | {"group": given.groups[place]}
    yield here | tested | {"not_measurable": few} | _bounded(found.rate, index)
    if given.measure == "retention" and few is None:
        best = f"best kept: {given.groups[int(found.best[index]) - first]}"
        ratio = {"measure": "retention_ratio", "n": n, "method": "koopman", "reference": best}
        yield here | ratio | _bounded(found.ratio, index)
        yield from _shares(here, given, found, index)


def _shares(here: Row, given: _Compared, found: Retention, index: int) -> Iterator[Row]:
    before = _number(found.share_before[index])
    yield here | {"measure": "share_before", "n": given.before, "method": "census", "value": before}
    for measure, values in (("share_after", found.share_after), ("amplification", found.amplification)):
        yield here | {"measure": measure, "n": given.after, "method": "koopman"} | _bounded(values, index)


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
