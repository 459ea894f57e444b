"""`tain mitigate`: a finding in; the change, the audit set painted again from the same seeds, and what it did, out."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

from pipelines.mitigate.before import read_before
from pipelines.mitigate.judging import Asked, judge_mitigation
from pipelines.mitigate.painted import Changed, Job, Painting
from pipelines.mitigate.planned import plan_mitigation
from pipelines.mitigate.steered import steer
from pipelines.mitigate.trained import finetune, retrain
from toolkit.errors import RecipeError, RunError
from toolkit.progress import Progress, silent
from toolkit.store import RunFolder, create_run

STAGE = "mitigate"
Way = Literal["data", "finetune", "guidance", "prompt"]


WAYS: dict[Way, Callable[[Job], list[Changed]]] = {
    "data": retrain,
    "finetune": finetune,
    "guidance": partial(steer, "guidance"),
    "prompt": partial(steer, "prompt"),
}
TRAINED: tuple[Way, ...] = ("data", "finetune")  # the ways that can lead several attributes at once
WHOLE = (1.0,)  # the strengths where none are named


class Order(NamedTuple):
    """What a mitigation was asked for: run.json keeps it, so that what goes on is the same."""

    finding: str
    target: str
    by: Way
    strengths: tuple[float, ...]
    slices: tuple[str, ...]
    phrases: str | None
    also: tuple[str, ...] = ()


def mitigate(
    run: str | Path,
    out: str | Path,
    *,
    finding: str,
    target: str,
    by: Way,
    strengths: Sequence[float] = (),
    slices: Sequence[str] = (),
    phrases: Path | None = None,
    also: Sequence[str] = (),
    painting: Painting = Painting(),
    progress: Progress = silent,
) -> RunFolder:
    """Change what the audit `run` found, paint its pictures again from the same seeds, audit them, and write
    mitigation.json and mitigation.html into the folder `out`, which is returned.

    `finding` is the number of a finding or SLICE:GROUP; `target` is uniform, bls or a CSV file of shares; `strengths`
    are tried one after the other. `also` names attributes that are brought to a target together with that of the
    finding, by data and finetune: ATTRIBUTE for equal shares, or ATTRIBUTE=TARGET. A mitigation that was cut goes on
    where it was. Raises RecipeError, RunError and ModelError.
    """
    if by != "guidance" and any(one > 1 for one in strengths):
        raise RecipeError(f"a strength of {max(strengths):g} by {by} is beyond the whole; give shares from 0 to 1")
    if also and by not in TRAINED:
        raise RecipeError(
            f"--also {also[0]} goes with --by {' or '.join(TRAINED)}, which rebalance data for several attributes at "
            f"once; --by {by} leads one: mitigate by {TRAINED[0]}, or a finding of each attribute by itself"
        )
    before = read_before(Path(run))
    planned = plan_mitigation(before, finding, target, slices=slices, phrases=phrases, also=also)
    wanted = tuple(sorted(set(strengths))) or WHOLE
    order = Order(finding, target, by, wanted, tuple(slices), None if phrases is None else str(phrases), tuple(also))
    made = create_run(out, resume=True)
    if _is_done(made, order):
        return made
    inputs = [one for one in (before.run, before.data) if one is not None]
    with made.stage(STAGE, recipe=order._asdict(), inputs=inputs) as counts:
        changed = WAYS[by](Job(before, planned, made, wanted, painting, progress))
        prompts = (planned.touched, planned.over_application) if by in ("prompt", "guidance") else ((), ())
        cautions = (
            *planned.cautions,
            *(f"At strength {one.strength:g}, {why}" for one in changed for why in one.unreached),
        )
        further = [(one.aim, one.target) for one in planned.also]
        asked = Asked(planned.aim, planned.target, by, *prompts, cautions, further)
        found = judge_mitigation(made, before.run, changed, asked)
        counts.update({"pictures": sum(one.pictures for one in changed), "pareto": found["pareto"]})
    return made


def _is_done(made: RunFolder, order: Order) -> bool:
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
