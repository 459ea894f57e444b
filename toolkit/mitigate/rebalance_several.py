"""How often each pair of a dataset is to be seen for a concept to show the targets of several attributes at once.

As `rebalance` for one: the shares are brought about among captions that name no value of any of them. The pairs that
have such a caption, or could have one, are raked over the margins of all attributes, as `tain balance` does: the
weights nearest to equal ones that give every attribute its shares. Pictures that an attribute could not be read in keep
the share that they have there, and are weighed by the others. Weights become whole numbers; no pair is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.mitigate.rebalance import (
    LARGEST_WEIGHT,
    Balanced,
    Margin,
    ReadPair,
    Rebalanced,
    check_strength,
    pairs_of_concepts,
    short_groups,
    times_seen,
)
from toolkit.statistics.raking import effective_size, rake

NOTHING_READ = "could be read in no picture whose caption names none of the values, or could do without"
NOT_TOGETHER = "cannot be met together with the attributes before it, so that it was left as it is"
_EXACT = 9  # digits of a share
Shares = Mapping[str, float]
Reals = NDArray[np.float64]
Codes = NDArray[np.int64]


class AttributeTarget(NamedTuple):
    """The `shares` wanted of the groups of an `attribute` by concept; a concept that it lacks is left as it is."""

    attribute: str
    shares: Mapping[str, Shares]


class Weighed(NamedTuple):
    """`weights`: of each pair, of mean 1, float64 (pairs,). `margins`: the category of each pair, int64 (pairs,), of
    every attribute that was raked. `left`: of every attribute, why it was not, None where it was."""

    weights: Reals
    margins: tuple[Codes, ...]
    left: tuple[str | None, ...]


def rebalance_several(
    pairs: Iterable[ReadPair], targets: Sequence[AttributeTarget], strength: float = 1.0
) -> Rebalanced:
    """Return how to see `pairs` for each concept of the first of `targets` to have the shares of all of them, or
    `strength` of the way; a pair has its group of the first in `group`, those of the others in `also`.

    Attributes come first that are named first: one that cannot be met together with those before it is left as it is,
    and its `Margin` says so, as it says which groups stay below their share. Raises ValueError for a strength outside
    [0, 1].
    """
    check_strength(strength)
    copies: dict[str, int] = {}
    captions: dict[str, str] = {}
    found = []
    for concept, some in pairs_of_concepts(pairs, targets[0].shares):
        wanted = [one.shares.get(concept, {}) for one in targets]
        seen, left = _seen(some, wanted, strength)
        margins = []
        for place, (shares, why) in enumerate(zip(wanted, left, strict=True)):
            counts = _counts(some, seen, place, shares)
            short = short_groups(counts[0], counts[2], shares, strength)
            margins.append(Margin(targets[place].attribute, *counts, short, why))
        first, also = margins[0], tuple(one for one, shares in zip(margins, wanted, strict=True) if shares)[1:]
        size = round(effective_size(list(seen.values())), 3) if seen else 0.0
        found.append(Balanced(concept, first.before, first.rewritten, first.after, size, first.short, also))
        copies |= {name: count for name, count in seen.items() if count > 1}
        captions |= {one.sample_id: one.rewritten for one in some if one.rewritten and one.sample_id in seen}
    return Rebalanced(copies, captions, tuple(found))


def weigh(pairs: Sequence[ReadPair], wanted: Sequence[Shares]) -> Weighed:
    """Return the raked weights of `pairs` for the shares `wanted` of each attribute, among pairs of one of its groups.

    Groups that no pair is of are left out, the shares of the others keep their proportions; a group that none is wanted
    of keeps its share, as pictures do that could not be read.
    """
    left: list[str | None] = []
    margins: list[tuple[Codes, Reals]] = []
    weights = np.ones(len(pairs))
    for place, shares in enumerate(wanted):
        margin = _margin(pairs, place, shares)
        if margin is None:
            left.append(NOTHING_READ if shares else None)
            continue
        found = rake([codes for codes, _ in (*margins, margin)], [goal for _, goal in (*margins, margin)])
        left.append(None if found.converged else NOT_TOGETHER)
        if found.converged:
            margins, weights = [*margins, margin], found.weights
    return Weighed(weights, tuple(codes for codes, _ in margins), tuple(left))


def _group(one: ReadPair, place: int) -> str | None:
    """Return the group of a pair in the attribute of that place among all of them."""
    return one.group if place == 0 else one.also[place - 1]


def _margin(pairs: Sequence[ReadPair], place: int, wanted: Shares) -> tuple[Codes, Reals] | None:
    """Return the category of each pair and the shares of these, the last for pairs of no group; None where all are."""
    read = [_group(one, place) for one in pairs]
    present = set(read)
    groups = [group for group, share in wanted.items() if share > 0 and group in present]
    if not groups:
        return None
    places: dict[str | None, int] = {group: number for number, group in enumerate(groups)}
    codes = np.array([places.get(one, len(groups)) for one in read], np.int64)
    shares = np.array([wanted[group] for group in groups])
    named = float((codes < len(groups)).mean())
    shares = named * shares / shares.sum()
    return codes, shares if named == 1 else np.append(shares, 1 - named)


def _seen(
    pairs: Sequence[ReadPair], wanted: Sequence[Shares], strength: float
) -> tuple[dict[str, int], tuple[str | None, ...]]:
    """Return how often each pair is seen under a caption that names no value, of those that are, and why attributes
    were left as they are."""
    bare = [one for one in pairs if one.rewritten is None]
    table = [*bare, *(one for one in pairs if one.rewritten and one.group in wanted[0])]
    if not table:
        return {}, tuple(NOTHING_READ if shares else None for shares in wanted)
    weights, margins, left = weigh(table, wanted)
    codes = np.stack([*margins, np.zeros(len(table), np.int64)], axis=1)
    categories, cells = np.unique(codes, axis=0, return_inverse=True)
    cells, most = cells.reshape(-1), len(categories)
    there = np.bincount(cells[: len(bare)], minlength=most).astype(np.float64)
    raked = np.bincount(cells, weights, most) / len(table)
    at_hand = np.bincount(cells, minlength=most).astype(np.float64)
    start = there / len(bare) if bare else at_hand / len(table)
    mass = (1 - strength) * start + strength * raked
    totals = _whole_numbers(_scaled(mass, there, at_hand, categories[:, :-1].T))
    of_cell = np.split(np.argsort(cells, kind="stable"), np.cumsum(at_hand)[:-1].astype(np.int64))
    seen: dict[str, int] = {}
    for total, some in zip(totals, of_cell, strict=True):
        chosen = some[: max(int((some < len(bare)).sum()), total)]  # bare captions come first
        times = times_seen(len(chosen), total)
        seen |= {table[one].sample_id: count for one, count in zip(chosen.tolist(), times, strict=True)}
    return seen, left


def _scaled(mass: Reals, there: Reals, at_hand: Reals, margins: Iterable[Codes]) -> Reals:
    """Return how many pictures of each cell are to be seen: in proportion to `mass`, but at least those that are
    `there`, and none of those `at_hand` more than `LARGEST_WEIGHT` times.

    Of all scales it is the one whose margins are nearest to those of `mass`, the least of such. Where none is there,
    as many are seen as are at hand.
    """

    def at(scale: float) -> Reals:
        return np.asarray(np.clip(scale * mass, there, LARGEST_WEIGHT * at_hand))

    def error(scale: float) -> float:
        shares = at(scale) / at(scale).sum()
        off = sum(float(np.abs(np.bincount(one, shares - mass)).sum()) for one in margins)
        return round(off, _EXACT)

    if not there.any():
        return at(float(at_hand.sum()))
    scales = {*(there[mass > 0] / mass[mass > 0]).tolist(), *(LARGEST_WEIGHT * at_hand / mass)[mass > 0].tolist()}
    return at(min(sorted(scales - {0.0}), key=error))


def _whole_numbers(totals: Reals) -> list[int]:
    """Return whole numbers of the same sum, rounded: of each run of neighbours too, each sum is off by less than 1."""
    ends = np.floor(np.round(np.cumsum(totals), _EXACT) + 0.5).astype(np.int64)
    return [int(one) for one in np.diff(ends, prepend=0)]


def _counts(
    pairs: Sequence[ReadPair], seen: Mapping[str, int], place: int, wanted: Shares
) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """Return how many pictures of each group that is wanted there are, are rewritten, and are seen."""
    before, rewritten, after = (dict.fromkeys(wanted, 0) for _ in range(3))
    for one in pairs:
        group = _group(one, place)
        if group is not None and group in wanted:
            before[group] += one.rewritten is None
            rewritten[group] += bool(one.rewritten) and one.sample_id in seen
            after[group] += seen.get(one.sample_id, 0)
    return before, rewritten, after
