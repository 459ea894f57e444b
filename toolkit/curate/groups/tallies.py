"""Rows of each group of an attribute that reached and passed each rule."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.curate.groups.attributes import Attribute

Rows = NDArray[np.int64]


class Membership(NamedTuple):
    """Which combinations hold which groups: `combination` and `group` are int64 and of one length, a pair an entry.

    The last group stands for all rows that name any.
    """

    groups: tuple[str, ...]
    combination: Rows
    group: Rows

    def sums(self, tables: Rows) -> Rows:
        """Return rows by group (groups + 1, ...), of `tables`: rows by combination (combinations, ...)."""
        made = np.zeros((len(self.groups) + 1, *tables.shape[1:]), dtype=np.int64)
        np.add.at(made, self.group, tables[self.combination])
        return made


class Passed(NamedTuple):
    """Rows that `reached` a rule and that it `kept`, int64 (groups,), and so those of any group and those of none."""

    reached: Rows
    kept: Rows
    named_reached: int
    named_kept: int
    unnamed_reached: int
    unnamed_kept: int


def membership(attribute: Attribute, most_groups: int) -> Membership:
    """Return the groups of `attribute` in the order of their names.

    Where there are more than `most_groups`, the smallest ones are one group together.
    """
    rows = np.bincount(attribute.codes, minlength=len(attribute.combinations))
    sizes: dict[str, int] = {}
    for groups, count in zip(attribute.combinations, rows.tolist(), strict=True):
        for group in groups:
            sizes[group] = sizes.get(group, 0) + count
    largest = sorted(sizes, key=lambda one: (-sizes[one], one))
    shown, rest = largest, frozenset[str]()
    if len(largest) > most_groups:
        shown, rest = largest[: most_groups - 1], frozenset(largest[most_groups - 1 :])
    names = sorted(shown) + ([f"{len(rest):,} smaller groups"] if rest else [])
    places = {name: place for place, name in enumerate(names)} | dict.fromkeys(rest, len(names) - 1)
    held = [
        (combination, place)
        for combination, groups in enumerate(attribute.combinations)
        if groups
        for place in [*sorted({places[one] for one in groups}), len(names)]
    ]
    pairs = np.array(held, dtype=np.int64).reshape(-1, 2)
    return Membership(tuple(names), pairs[:, 0], pairs[:, 1])


def in_order(attribute: Attribute, members: Membership, deciding: Rows, steps: int) -> list[Passed]:
    """Return what passed all `steps` together, and then each of them in the order of the cascade.

    `deciding`: the step that took each row, -1 for a kept one.
    """
    flat = attribute.codes.astype(np.int64) * (steps + 1) + np.where(deciding < 0, steps, deciding)
    size = len(attribute.combinations)
    taken = np.bincount(flat, minlength=size * (steps + 1)).reshape(size, steps + 1)  # a column a step, the kept last
    # What is left before step s was taken by it, by a later one, or kept.
    left = np.cumsum(taken[:, ::-1], axis=1)[:, ::-1]
    by_group, everyone = members.sums(left), left.sum(axis=0)
    ends = [(0, steps), *pairwise(range(steps + 1))]
    return [_passed(by_group[:, a], by_group[:, b], int(everyone[a]), int(everyone[b])) for a, b in ends]


def alone(attribute: Attribute, members: Membership, taken: Sequence[Rows], among: NDArray[np.bool_]) -> list[Passed]:
    """Return what each step would pass of the rows `among` (bool) were it the only one; `taken` are its rows."""
    size = len(attribute.combinations)
    reached = np.bincount(attribute.codes[among], minlength=size)
    by_group = members.sums(reached)
    found = []
    for rows in taken:
        lost = np.bincount(attribute.codes[rows[among[rows]]], minlength=size)
        everyone = int(reached.sum())
        found.append(_passed(by_group, by_group - members.sums(lost), everyone, everyone - int(lost.sum())))
    return found


def _passed(reached: Rows, kept: Rows, everyone_reached: int, everyone_kept: int) -> Passed:
    named_reached, named_kept = int(reached[-1]), int(kept[-1])
    return Passed(
        reached[:-1], kept[:-1], named_reached, named_kept, everyone_reached - named_reached, everyone_kept - named_kept
    )
