"""`tain mitigate`: a finding in; the change, the audit set painted again from the same seeds, and what it did, out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from pipelines.mitigate.already_said import with_already_said
from pipelines.mitigate.before import read_before
from pipelines.mitigate.judging import Asked, judge_mitigation
from pipelines.mitigate.order import STAGE, Way, is_done, order_mitigation
from pipelines.mitigate.painted import Changed, Job, Painting
from pipelines.mitigate.planned import plan_mitigation
from pipelines.mitigate.steered import steer
from pipelines.mitigate.trained import Training, finetune, recipe_of, retrain, short_recipe
from toolkit.progress import Progress, silent
from toolkit.store import RunFolder, create_run

WAYS: dict[Way, Callable[[Job], list[Changed]]] = {
    "data": retrain,
    "finetune": finetune,
    "guidance": partial(steer, "guidance"),
    "prompt": partial(steer, "prompt"),
}
TRAININGS: dict[Way, Callable[[str], Training]] = {"data": recipe_of, "finetune": short_recipe}


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
    over_application: int | None = None,
    painting: Painting = Painting(),
    progress: Progress = silent,
) -> RunFolder:
    """Change what the audit `run` found, paint its pictures again from the same seeds, audit them, and write
    mitigation.json and mitigation.html into the folder `out`, which is returned.

    `finding` is the number of a finding or SLICE:GROUP; `target` is uniform, bls or a CSV file of shares; `strengths`
    are tried one after the other. `also` names attributes that are brought to a target together with that of the
    finding, by data and finetune: ATTRIBUTE for equal shares, or ATTRIBUTE=TARGET. `over_application` is how many
    pictures of each prompt that already says the attribute are painted before and after: see `with_already_said`; None:
    4 where the model itself is changed, and none by prompt and guidance. A mitigation that was cut goes on where it
    was. Raises RecipeError, RunError and ModelError.
    """
    order = order_mitigation(
        finding,
        target,
        by,
        strengths=strengths,
        slices=slices,
        phrases=phrases,
        also=also,
        over_application=over_application,
    )
    before = read_before(Path(run))
    planned = plan_mitigation(before, finding, target, slices=slices, phrases=phrases, also=also)
    if by in TRAININGS:
        TRAININGS[by](before.model)  # a model that cannot be trained is refused before anything is made
    made = create_run(out, resume=True)
    if is_done(made, order):
        return made
    inputs = [one for one in (before.run, before.data) if one is not None]
    with made.stage(STAGE, recipe=order._asdict(), inputs=inputs) as counts:
        job = Job(before, planned, made, order.strengths, painting, progress)
        changed = WAYS[by](job)
        if order.over_application:
            changed = with_already_said(job, by, changed, order.over_application)
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
