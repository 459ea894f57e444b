"""What a mitigation is asked for, checked before anything is read, painted or trained."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from toolkit.errors import RecipeError, RunError
from toolkit.store import RunFolder

STAGE = "mitigate"
Way = Literal["data", "finetune", "guidance", "prompt"]
TRAINED: tuple[Way, ...] = ("data", "finetune")  # the ways that can lead several attributes at once
WHOLE = (1.0,)  # the strengths where none are named
SAID: dict[Way, int] = {"data": 4, "finetune": 4, "guidance": 0, "prompt": 0}  # words decide by the last two


class Order(NamedTuple):
    """What a mitigation was asked for: run.json keeps it, so that what goes on is the same. See `mitigate`."""

    finding: str
    target: str
    by: Way
    strengths: tuple[float, ...]
    slices: tuple[str, ...]
    phrases: str | None
    also: tuple[str, ...]
    over_application: int


def order_mitigation(
    finding: str,
    target: str,
    by: Way,
    *,
    strengths: Sequence[float] = (),
    slices: Sequence[str] = (),
    phrases: Path | None = None,
    also: Sequence[str] = (),
    over_application: int | None = None,
) -> Order:
    """Return the order with what was left open filled in. Raises RecipeError for what cannot be had."""
    said = SAID[by] if over_application is None else over_application
    if said < 0:
        raise RecipeError(f"over_application is {said}; give how many pictures of each prompt, 0 for none")
    if by != "guidance" and any(one > 1 for one in strengths):
        raise RecipeError(f"a strength of {max(strengths):g} by {by} is beyond the whole; give shares from 0 to 1")
    if also and by not in TRAINED:
        raise RecipeError(
            f"--also {also[0]} goes with --by {' or '.join(TRAINED)}, which rebalance data for several attributes at "
            f"once; --by {by} leads one: mitigate by {TRAINED[0]}, or a finding of each attribute by itself"
        )
    file = None if phrases is None else str(phrases)
    return Order(
        finding, target, by, tuple(sorted(set(strengths))) or WHOLE, tuple(slices), file, tuple(also), said
    )  # fmt: skip


def is_done(made: RunFolder, order: Order) -> bool:
    """Return whether `made` holds the whole of an `order`. Raises RunError where it was begun otherwise."""
    begun = made.stages.get(STAGE)
    if begun is None:
        return False
    now = json.loads(json.dumps(order._asdict()))
    # What a run of an earlier version does not name was not asked for.
    different = sorted(key for key, value in now.items() if (begun["recipe"].get(key) or None) != (value or None))
    if different:
        raise RunError(f"{made.path} was begun with another {different[0]}; choose another --out")
    return bool(begun["finished"])
