"""The shares that a mitigation aims at, slice by slice: equal ones, or those that somebody published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from toolkit.errors import RecipeError

UNIFORM = "uniform"
Shares = Mapping[str, float]


class Target(NamedTuple):
    """The `shares` of groups by slice, and where they come from: `uniform`, or the name of a file."""

    name: str
    shares: Mapping[str, Shares]

    @property
    def groups(self) -> tuple[str, ...]:
        """All groups that any slice names, in the order in which they come."""
        return tuple(dict.fromkeys(group for shares in self.shares.values() for group in shares))


def uniform_target(slices: Sequence[str], groups: Sequence[str]) -> Target:
    """Return equal shares of `groups` in each of `slices`. Raises RecipeError for fewer than two groups."""
    if len(groups) < 2:
        raise RecipeError(
            f"a target needs two groups or more; the audit tells {', '.join(groups) or 'none'} apart; give a file"
        )
    return Target(UNIFORM, {one: dict.fromkeys(groups, 1 / len(groups)) for one in slices})


def published_target(
    name: str, published: Mapping[str, Shares], slices: Sequence[str], groups: Sequence[str]
) -> tuple[Target, tuple[str, ...]]:
    """Return the target that the file `name` publishes for those of `slices` that it speaks of, and the other slices.

    Raises RecipeError where it speaks of none, or names a group that the audit does not tell apart (`groups`).
    """
    known = {one: published[one] for one in slices if one in published}
    if not known:
        raise RecipeError(
            f"{name} speaks of none of {', '.join(slices)}; name slices as the probes do, or aim at uniform shares"
        )
    for one, shares in known.items():
        strange = sorted(set(shares) - set(groups))
        if strange:
            raise RecipeError(f"{name}: {one} has a share of {strange[0]!r}; the audit tells {', '.join(groups)} apart")
    return Target(name, known), tuple(one for one in slices if one not in known)
