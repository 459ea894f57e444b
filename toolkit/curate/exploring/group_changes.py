"""Which groups lose by another decision: of the rows that stayed, how many no longer do, group by group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.curate.groups.attributes import METADATA, Attribute, Attributes
from toolkit.curate.groups.recipe import GroupRecipe
from toolkit.curate.groups.tallies import membership
from toolkit.statistics.intervals import wilson
from toolkit.statistics.retention import adjust, flagged
from toolkit.statistics.two_rates import equal_rates_p

Marks = NDArray[np.bool_]


class Share(NamedTuple):
    """A share in [0, 1] with the ends of its Wilson interval at 95 %."""

    value: float
    low: float
    high: float


class GroupChange(NamedTuple):
    """What another decision does to the `rows` of one group of an attribute, as `annotator` tells them.

    `before` rows stayed, `lost` of them no longer do, `gained` others do now. `loss` is lost / before, `kept` the rows
    that stay now / rows; None of nothing. `q` belongs to the test that the others of the attribute lose as often, over
    all groups that are large enough; None where nothing was tested. `flagged`: the group loses more often, q at most
    0.05.
    """

    attribute: str
    annotator: str
    group: str
    rows: int
    before: int
    lost: int
    gained: int
    loss: Share | None
    kept: Share | None
    q: float | None
    flagged: bool


def group_changes(given: Attributes, before: Marks, now: Marks, asked: GroupRecipe) -> list[GroupChange]:
    """Return what becomes of each group that captions or labels name when rows `now` stay and no longer those `before`,
    bool (rows,): the flagged first, then the largest share lost.

    The rows are all there are: an interval says how the threshold would treat more pairs like these.
    """
    compared = [
        one
        for attribute in given.attributes
        if attribute.annotator != METADATA
        for one in _counted(attribute, before, now, asked.most_groups)
    ]
    if not compared:
        return []
    counts = np.array([one.counts for one in compared])
    others = np.array([one.others for one in compared])
    reached, lost, other_reached, other_lost = counts[:, 1], counts[:, 2], others[:, 1], others[:, 2]
    large = np.minimum(reached, other_reached) >= asked.min_rows
    p = equal_rates_p(reached - lost, reached, other_reached - other_lost, other_reached)
    q = adjust(np.where(large & (lost + other_lost > 0), p, np.nan))
    with np.errstate(invalid="ignore"):
        rates = (reached - lost) / reached, (other_reached - other_lost) / other_reached
    marked = flagged(*rates, q)
    changes = [_change(one, float(q[place]), marked=bool(marked[place])) for place, one in enumerate(compared)]
    return sorted(changes, key=_order)


class _Counts(NamedTuple):
    """Rows of a group and of the others of its attribute: all, kept before, lost, gained; int64 (4,)."""

    attribute: Attribute
    group: str
    counts: NDArray[np.int64]
    others: NDArray[np.int64]


def _counted(attribute: Attribute, before: Marks, now: Marks, most_groups: int) -> Iterator[_Counts]:
    size = len(attribute.combinations)
    everyone = np.ones(len(before), dtype=bool)
    masks = (everyone, before, before & ~now, now & ~before)
    tables = np.stack([np.bincount(attribute.codes[mask], minlength=size) for mask in masks], axis=1)
    members = membership(attribute, most_groups)
    sums = members.sums(tables)
    for group, counts in zip(members.groups, sums[:-1], strict=True):
        if not counts[0]:
            continue
        yield _Counts(attribute, group, counts, sums[-1] - counts)


def _change(one: _Counts, q: float, *, marked: bool) -> GroupChange:
    rows, before, lost, gained = one.counts.tolist()
    return GroupChange(
        one.attribute.name,
        one.attribute.annotator,
        one.group,
        rows,
        before,
        lost,
        gained,
        _share(lost, before),
        _share(before - lost + gained, rows),
        None if np.isnan(q) else q,
        marked,
    )


def _share(part: int, whole: int) -> Share | None:
    return Share(part / whole, *wilson(part, whole)) if whole else None


def _order(one: GroupChange) -> tuple[object, ...]:
    loss = 0.0 if one.loss is None else one.loss.value
    return (not one.flagged, -loss, -one.lost, one.gained, one.attribute, one.group)
