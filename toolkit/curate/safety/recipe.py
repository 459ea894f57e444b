"""What must not be shown or used: which checks there are, with their limits, and what becomes of what they find."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from toolkit.curate.limits import Share
from toolkit.recipe import Recipe


class OptOutRecipe(Recipe):
    """Files that list what its owners do not want used: addresses, domains (with all below them), hashes."""

    urls: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    hashes: tuple[str, ...] = ()


class ZeroShotCategory(Recipe):
    """A category of `zero_shot`: its `prompts` (none: those bundled for it) and its limit (null: that of all)."""

    prompts: tuple[str, ...] = ()
    maximum: Share | None = None


class ZeroShotRecipe(Recipe):
    """What pictures should not look like to the pairing network, as a probability against `neutral` prompts (none: the
    bundled ones); none named: sexual, violence, hate_symbol, weapon and drugs. See `zero_shot`."""

    categories: dict[str, ZeroShotCategory] = Field(default_factory=dict)
    neutral: tuple[str, ...] = ()
    maximum: Share = 0.5


class NsfwRecipe(Recipe):
    """The highest probability that open_nsfw (the extra `safety`) may give a picture."""

    maximum: Share = 0.8


class SafetyRecipe(Recipe):
    """What becomes of `flagged` pictures (opt-outs are dropped, for they are no offence), files with hashes of
    `known_bad` ones, and how many bits of a pHash (of 64) or PDQ hash (of 256) may differ from a listed one."""

    flagged: Literal["quarantine", "drop"] = "quarantine"
    known_bad: tuple[str, ...] = ()
    phash_distance: Annotated[int, Field(ge=0, le=11)] = 4
    pdq_distance: Annotated[int, Field(ge=0, le=31)] = 31
    opt_out: OptOutRecipe = OptOutRecipe()
    nsfw: NsfwRecipe | None = None
    zero_shot: ZeroShotRecipe | None = None
