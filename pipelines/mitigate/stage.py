"""`tain mitigate`: a finding in; the change, the audit set painted again from the same seeds, and what it did, out."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

from pipelines.mitigate.already_said import with_already_said
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
WHOLE = (1.0,)  # the strengths where none are named
SAID: dict[Way, int] = {"data": 4, "finetune": 4, "guidance": 0, "prompt": 0}  # words decide by the last two


class Order(NamedTuple):
    """What a mitigation was asked for: run.json keeps it, so that what goes on is the same."""

    finding: str
    target: str
    by: Way
    strengths: tuple[float, ...]
    slices: tuple[str, ...]
    phrases: str | None
    over_application: int


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
    over_application: int | None = None,
    painting: Painting = Painting(),
    progress: Progress = silent,
) -> RunFolder:
    """Change what the audit `run` found, paint its pictures again from the same seeds, audit them, and write
    mitigation.json and mitigation.html into the folder `out`, which is returned.

    `finding` is the number of a finding or SLICE:GROUP; `target` is uniform, bls or a CSV file of shares; `strengths`
    are tried one after the other. `over_application` is how many pictures of each prompt that already says the
    attribute are painted before and after: see `with_already_said`; None: 4 where the model itself is changed, and none
    by prompt and guidance. A mitigation that was cut goes on where it was. Raises RecipeError, RunError and ModelError.
    """
    pictures_said = SAID[by] if over_application is None else over_application
    if pictures_said < 0:
        raise RecipeError(f"over_application is {pictures_said}; give how many pictures of each prompt, 0 for none")
    if by != "guidance" and any(one > 1 for one in strengths):
        raise RecipeError(f"a strength of {max(strengths):g} by {by} is beyond the whole; give shares from 0 to 1")
    before = read_before(Path(run))
    planned = plan_mitigation(before, finding, target, slices=slices, phrases=phrases)
    wanted = tuple(sorted(set(strengths))) or WHOLE
    order = Order(finding, target, by, wanted, tuple(slices), None if phrases is None else str(phrases), pictures_said)
    made = create_run(out, resume=True)
    if _is_done(made, order):
        return made
    inputs = [one for one in (before.run, before.data) if one is not None]
    with made.stage(STAGE, recipe=order._asdict(), inputs=inputs) as counts:
        job = Job(before, planned, made, wanted, painting, progress)
        changed = WAYS[by](job)
        if pictures_said:
            changed = with_already_said(job, by, changed, pictures_said)
        prompts = (planned.touched, planned.over_application) if by in ("prompt", "guidance") else ((), ())
        asked = Asked(planned.aim, planned.target, by, *prompts, planned.cautions)
        found = judge_mitigation(made, before.run, changed, asked)
        counts.update({"pictures": sum(one.pictures for one in changed), "pareto": found["pareto"]})
    return made


def _is_done(made: RunFolder, order: Order) -> bool:
    """Return whether `made` holds the whole of an `order`. Raises RunError where it was begun otherwise."""
    begun = made.stages.get(STAGE)
    if begun is None:
        return False
    now = json.loads(json.dumps(order._asdict()))
    different = sorted(key for key, value in now.items() if begun["recipe"].get(key) != value)
    if different:
        raise RunError(f"{made.path} was begun with another {different[0]}; choose another --out")
    return bool(begun["finished"])
