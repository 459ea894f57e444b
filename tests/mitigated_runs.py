"""Real audits of one model on the same noise: as it paints, and with two of three prompts steered by words."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from audited_runs import UNSURE

from pipelines.mitigate.judging import Asked, judge_mitigation
from toolkit.audit.stage import audit
from toolkit.generate.stage import generate
from toolkit.mitigate.aim import aim_at
from toolkit.mitigate.already_said import SaidPictures, said_rows
from toolkit.mitigate.steer import touched_prompts
from toolkit.mitigate.target import uniform_target
from toolkit.store import RunFolder, create_run, open_run

MODEL = "zoo:latent"
ROLES = ("pilot", "firefighter", "woman astronaut")
STEERED = ("pilot", "firefighter")
REPLICATES = 8
GENDER = "gender presentation"


class MitigatedRuns(NamedTuple):
    """The audit `before`, two after it, `half` of the requests steered, and the `whole`; and the mitigation `made`."""

    before: RunFolder
    half: RunFolder
    whole: RunFolder
    made: RunFolder


def open_mitigated_runs(folder: Path) -> MitigatedRuns:
    """Return what `build_mitigated_runs` wrote under `folder`."""
    names = ("before", "mitigated/strength-0.5", "mitigated/strength-1", "mitigated")
    return MitigatedRuns(*(open_run(folder / name) for name in names))


def build_mitigated_runs(folder: Path) -> MitigatedRuns:
    """Write `before` and `mitigated` under `folder`, with the audits after in the second."""
    before, made = _paint(folder / "before", 0.0), create_run(folder / "mitigated")
    with made.stage("mitigate", inputs=[before]):
        half, whole = (_paint(made.path / f"strength-{one:g}", one) for one in (0.5, 1.0))
        afters = [After(0.5, half, MODEL), After(1.0, whole, MODEL, already_said=tuple(forgotten()))]
        judge_mitigation(made, before, afters, asked())
    return MitigatedRuns(before, half, whole, made)


def steering(strength: float) -> dict[str, object]:
    """Return the `steering` of a recipe that says woman or man, equally often, of the steered roles."""
    return {
        "attribute": GENDER,
        "by": "prompt",
        "strength": strength,
        "prompts": {
            role: {
                "shares": {"woman": 0.5, "man": 0.5},
                "texts": {"woman": f"woman {role}", "man": f"man {role}"},
            }
            for role in STEERED
        },
    }


def _paint(path: Path, strength: float) -> RunFolder:
    recipe: dict[str, object] = {"num_inference_steps": 3}
    if strength:
        recipe["steering"] = steering(strength)
    probes = {"templates": ["{role}"], "slots": {"role": list(ROLES)}}
    painted = generate(MODEL, probes, path, replicates=REPLICATES, recipe=recipe)
    return audit(painted, path, recipe={"annotators": ["clip", "skin-tone"]} | UNSURE)


class After(NamedTuple):
    """An audit after the mitigation, as judging takes it."""

    strength: float
    run: RunFolder
    subject: str
    training: float = 0.0
    already_said: tuple[dict[str, object], ...] = ()
    said: tuple[RunFolder, ...] = ()


def forgotten() -> list[dict[str, object]]:
    """Return rows of prompts that say woman, of which every second picture shows a man after, and that say man."""
    seeds, all_shown = np.arange(16), np.ones(16, np.int64)
    other = np.zeros(16, np.bool_)
    half = np.tile([1, 0], 8)
    untold = np.where(seeds == 3, -1, 1)
    return said_rows(
        {
            ("woman",): SaidPictures(seeds, all_shown, half, other, 2),
            ("man",): SaidPictures(seeds, all_shown, untold, other, 2),
        }
    )


def asked() -> Asked:
    """Return what was asked of these runs: as many women as men in the steered roles."""
    finding = {"subject": MODEL, "slice": "pilot", "attribute": GENDER, "group": "man", "measure": "share"}
    finding |= {"annotator": "clip", "correction": "uncorrected", "title": f"{MODEL} paints 'pilot' as a man"}
    target = uniform_target(STEERED, ("man", "woman"))
    prompts = [(role, role) for role in ROLES]
    touched = touched_prompts(prompts, target, ("woman", "man"), STEERED)
    over = [{"kind": "already said", "requests": 8, "steered": 0, "share": 0.0, "low": 0.0, "high": 0.324}]
    return Asked(aim_at(finding, STEERED), target, "prompt", touched, over)
