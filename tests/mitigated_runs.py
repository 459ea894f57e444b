"""A real pair of audits of one model on the same noise: as it paints, and with two of its four prompts steered by words."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from audited_runs import UNSURE

from toolkit.audit.stage import audit
from toolkit.generate.stage import generate
from toolkit.store import RunFolder

ROLES = ("pilot", "firefighter", "judge", "woman astronaut")
STEERED = ("pilot", "firefighter")
REPLICATES = 10
GENDER = "gender presentation"


class MitigatedRuns(NamedTuple):
    """The audit `before`, and two after it: half of the requests steered, and all of them."""

    before: RunFolder
    half: RunFolder
    whole: RunFolder


def build_mitigated_runs(folder: Path) -> MitigatedRuns:
    """Write before, half and whole under `folder`."""
    names = {"before": 0.0, "half": 0.5, "whole": 1.0}
    return MitigatedRuns(*(_paint(folder / name, strength) for name, strength in names.items()))


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
    recipe: dict[str, object] = {"num_inference_steps": 4}
    if strength:
        recipe["steering"] = steering(strength)
    probes = {"templates": ["{role}"], "slots": {"role": list(ROLES)}}
    painted = generate("zoo:latent", probes, path, replicates=REPLICATES, recipe=recipe)
    return audit(painted, path, recipe={"annotators": ["clip", "skin-tone"]} | UNSURE)
