"""Mitigation at sampling time: by words added to prompts, or by directions in the embedding of texts."""

from __future__ import annotations

from typing import Literal

from pipelines.mitigate.painted import Changed, Job, paint_and_audit
from toolkit.mitigate.steer import steering_recipe


def steer(by: Literal["prompt", "guidance"], job: Job) -> list[Changed]:
    """Return what the same model paints at each strength of `job`, audited."""
    before, planned = job.before, job.planned
    changed = []
    for strength in job.strengths:
        steering = steering_recipe(
            planned.aim.attribute, by, strength, planned.touched, planned.target, planned.phrases
        )
        run = paint_and_audit(job, strength, before.model, {**before.recipe, "steering": steering}, before.data)
        changed.append(Changed(strength, run, planned.aim.subject))
    return changed
