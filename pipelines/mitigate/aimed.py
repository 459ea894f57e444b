"""The shares that an attribute of an audit is to be led to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from toolkit.audit.references import load_references
from toolkit.audit.subjects import ALL
from toolkit.mitigate.prompts_about import OCCUPATIONS
from toolkit.mitigate.target import UNIFORM, Target, published_target, uniform_target

BLS = "bls"
SHARE = "share"


def aimed_target(target: str, attribute: str, slices: Sequence[str], groups: Sequence[str]) -> tuple[Target, list[str]]:
    """Return the `target` (uniform, bls, or a CSV file of published shares) of `groups` of an attribute in `slices`,
    and what a reader must bear in mind of it. Raises RecipeError where it has none of them."""
    if target == UNIFORM:
        return uniform_target(slices, groups), []
    name = OCCUPATIONS if target == BLS else target
    published = {about: found[0].shares for about, found in load_references([name]).items()}
    aimed, without = published_target(name, published, slices, groups)
    cautions = [f"{name} says nothing of the {attribute} of {', '.join(without)}, which stay as they are."]
    return aimed, cautions if without else []


def told(rows: Iterable[Mapping[str, Any]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the groups and the slices, but that of all, that `rows` of measures have shares of."""
    shares = [row for row in rows if row["measure"] == SHARE]
    groups = tuple(dict.fromkeys(str(row["group"]) for row in shares))
    return groups, tuple(dict.fromkeys(str(row["slice"]) for row in shares if row["slice"] != ALL))
