"""How often each pair of a dataset is to be seen, and under which caption, for a concept to show a target's shares.

How a prompt that names no value is painted is learned from captions that name none. So the shares are brought about
among these: first by captions rewritten to name none (counterfactual rewriting), where pictures of the rare groups have
captions that name it; then by seeing the rare ones more often (raking of one margin, which is post-stratification). No
pair is left out, so that nothing is lost that could be painted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from toolkit.seeds import stable_hash
from toolkit.statistics.raking import effective_size

LARGEST_WEIGHT = 8.0  # beyond it a model learns single pictures by heart


class ReadPair(NamedTuple):
    """A pair about `concept`: the `group` that an annotator reads in its picture, None where it cannot tell, and the
    caption without the words that name a value (`rewritten`); None where it names none, "" where it cannot do
    without them. `also`: its groups in further attributes, in their order."""

    sample_id: str
    concept: str
    group: str | None
    rewritten: str | None = None
    also: tuple[str | None, ...] = ()


class Margin(NamedTuple):
    """What becomes of one `attribute` of several: counts as those of `Balanced`, and why it was `left` as it is, None
    where it was not."""

    attribute: str
    before: Mapping[str, int]
    rewritten: Mapping[str, int]
    after: Mapping[str, int]
    short: tuple[str, ...]
    left: str | None


class Balanced(NamedTuple):
    """What becomes of one `concept`: counts of pictures by group `before`, `rewritten` ones added, and the counts
    `after`; `n_effective` is Kish's size of the sample after, and `short` the groups that stay below their share.
    `also`: the further attributes that were brought to a target with it."""

    concept: str
    before: Mapping[str, int]
    rewritten: Mapping[str, int]
    after: Mapping[str, int]
    n_effective: float
    short: tuple[str, ...]
    also: tuple[Margin, ...] = ()


class Rebalanced(NamedTuple):
    """`copies`: how often a pair is seen, of all that are seen more than once; `captions`: those that are seen so often
    under another caption too; and what became of each of the `concepts`."""

    copies: Mapping[str, int]
    captions: Mapping[str, str]
    concepts: tuple[Balanced, ...]


def rebalance(
    pairs: Iterable[ReadPair], shares: Mapping[str, Mapping[str, float]], strength: float = 1.0
) -> Rebalanced:
    """Return how to see `pairs` for the groups of each concept to have the `shares` of it, or `strength` of the way.

    Raises ValueError for a strength outside [0, 1].
    """
    check_strength(strength)
    copies: dict[str, int] = {}
    captions: dict[str, str] = {}
    found = []
    for concept, some in pairs_of_concepts(pairs, shares):
        balanced, seen, rewritten = _balanced(concept, some, shares[concept], strength)
        found.append(balanced)
        copies |= seen
        captions |= rewritten
    return Rebalanced(copies, captions, tuple(found))


def check_strength(strength: float) -> None:
    """Raise ValueError for a `strength` outside [0, 1]."""
    if not 0 <= strength <= 1:
        raise ValueError(f"strength is {strength}; a share of the way from 0 to 1 is needed")


def pairs_of_concepts(pairs: Iterable[ReadPair], concepts: Iterable[str]) -> Iterator[tuple[str, list[ReadPair]]]:
    """Yield each of `concepts` with the pairs about it, in an order that is the same however they come."""
    by_concept: dict[str, list[ReadPair]] = {}
    for one in pairs:
        by_concept.setdefault(one.concept, []).append(one)
    for concept in concepts:
        yield concept, sorted(by_concept.get(concept, []), key=lambda one: stable_hash("rebalance", one.sample_id))


def _balanced(
    concept: str, pairs: Sequence[ReadPair], wanted: Mapping[str, float], strength: float
) -> tuple[Balanced, dict[str, int], dict[str, str]]:
    neutral = {group: [one for one in pairs if one.group == group and one.rewritten is None] for group in wanted}
    named = {group: [one for one in pairs if one.group == group and one.rewritten] for group in wanted}
    before = {group: len(some) for group, some in neutral.items()}
    aims = _part_of_the_way(before, wanted, strength)
    whole = max((before[group] / share for group, share in aims.items() if share > 0), default=0.0)
    added = {
        group: named[group][: max(0, round(whole * aims[group]) - before[group])] if aims[group] > 0 else []
        for group in wanted
    }
    seen = {group: [*neutral[group], *added[group]] for group in wanted}
    copies: dict[str, int] = {}
    after = {}
    for group, some in seen.items():
        times = times_seen(len(some), round(whole * aims[group]))
        after[group] = sum(times)
        copies |= {one.sample_id: count for one, count in zip(some, times, strict=True) if count > 1}
    weights = [copies.get(one.sample_id, 1) for some in seen.values() for one in some]
    balanced = Balanced(
        concept,
        before,
        {group: len(some) for group, some in added.items()},
        after,
        round(effective_size(weights), 3) if weights else 0.0,
        short_groups(before, after, wanted, strength),
    )
    return balanced, copies, {one.sample_id: str(one.rewritten) for some in added.values() for one in some}


def short_groups(
    before: Mapping[str, int], after: Mapping[str, int], wanted: Mapping[str, float], strength: float
) -> tuple[str, ...]:
    """Return the groups whose share of the pictures `after` stays below nine tenths of what `strength` of the way from
    `before` to `wanted` is."""
    total, aims = sum(after.values()), _part_of_the_way(before, wanted, strength)
    return tuple(group for group, share in aims.items() if total and after[group] / total < 0.9 * share)


def _part_of_the_way(before: Mapping[str, int], wanted: Mapping[str, float], strength: float) -> dict[str, float]:
    """Return shares `strength` of the way from those that there are to those wanted."""
    total = sum(before.values())
    if not total:
        return dict(wanted)
    return {group: (1 - strength) * before[group] / total + strength * share for group, share in wanted.items()}


def times_seen(pictures: int, wanted: int) -> list[int]:
    """Return how often each of `pictures` is seen for them to be seen `wanted` times together: at least once each, as
    evenly as can be, and none more than `LARGEST_WEIGHT` times."""
    if not pictures:
        return []
    wanted = min(max(wanted, pictures), int(LARGEST_WEIGHT * pictures))
    return [wanted // pictures + (place < wanted % pictures) for place in range(pictures)]
