"""Probes times replicates -> requests: what is asked of a generator, decided before anything is painted."""

from __future__ import annotations

import json
from collections.abc import Sequence

from pydantic import Field

from toolkit.engine.resources import WorkerRecipe
from toolkit.errors import RecipeError
from toolkit.generate.generator import Defaults, Request
from toolkit.generate.settings import PaintSettings, identity
from toolkit.probes import Probe
from toolkit.seeds import seed_for, stable_hash


class GenerationRecipe(WorkerRecipe):
    """How to paint; whatever is None is the generator's own default. `settings` go to the family as they are; what a
    worker takes: see `WorkerRecipe`."""

    num_inference_steps: int | None = Field(default=None, ge=1)
    guidance_scale: float | None = None
    width: int | None = Field(default=None, ge=1)
    height: int | None = Field(default=None, ge=1)
    negative_prompt: str = ""
    settings: PaintSettings = PaintSettings()


def make_requests(
    probes: Sequence[Probe],
    replicates: int,
    audit_seed: int,
    recipe: GenerationRecipe,
    defaults: Defaults,
    fingerprint: str,
) -> list[tuple[Probe, Request]]:
    """Return one request for each probe and replicate. Its id hashes all that can change the picture.

    Raises RecipeError for a probe whose prompt is empty: nothing would be asked for.
    """
    steps = recipe.num_inference_steps or defaults.num_inference_steps
    guidance = defaults.guidance_scale if recipe.guidance_scale is None else recipe.guidance_scale
    width, height = recipe.width or defaults.width, recipe.height or defaults.height
    settings = recipe.settings.as_dict()
    how = canonical_json([recipe.negative_prompt, steps, guidance, width, height, identity(settings)])
    asked = []
    for probe in probes:
        if not probe.prompt.strip():
            raise RecipeError(
                f"the prompt of a probe with {probe.attributes} is empty, so nothing would be asked for; give its "
                "template words of its own"
            )
        for replicate in range(replicates):
            seed = seed_for(audit_seed, probe.pair_id, replicate)
            request_id = stable_hash("request", probe.prompt, seed, how, fingerprint)
            request = Request(
                request_id, probe.prompt, probe.prompt, recipe.negative_prompt, replicate, seed, steps, guidance,
                width, height, dict(settings),
            )  # fmt: skip
            asked.append((probe, request))
    return asked


def canonical_json(value: object) -> str:
    """Return `value` as JSON with sorted keys and no spaces: equal values give equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
