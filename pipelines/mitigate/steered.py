"""Mitigation at sampling time: by words added to prompts, or by directions in the embedding of texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pipelines.mitigate.before import Before
from pipelines.mitigate.painted import Changed, Painting, paint_and_audit, strength_folder
from pipelines.mitigate.planned import Planned
from toolkit.mitigate.steer import steering_recipe
from toolkit.progress import Progress
from toolkit.store import RunFolder


def steer(
    by: Literal["prompt", "guidance"],
    before: Before,
    planned: Planned,
    out: RunFolder,
    strengths: Sequence[float],
    painting: Painting,
    progress: Progress,
) -> list[Changed]:
    """Return what the same model paints at each of `strengths`, audited, in the folder of `out`."""
    changed = []
    for strength in strengths:
        steering = steering_recipe(
            planned.aim.attribute, by, strength, planned.touched, planned.target, planned.phrases
        )
        recipe = {**before.recipe, "steering": steering}
        folder = strength_folder(out.path, strength)
        run = paint_and_audit(before, before.model, folder, recipe, before.data, painting, progress)
        changed.append(Changed(strength, run, planned.aim.subject))
    return changed
