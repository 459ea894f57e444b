"""Probes times replicates -> requests: what is asked of a generator, decided before anything is painted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from pydantic import Field

from toolkit.generate.generator import Defaults, Request
from toolkit.probes import Probe
from toolkit.recipe import Recipe
from toolkit.seeds import seed_for, stable_hash


class GenerationRecipe(Recipe):
    """How to paint; whatever is None is the generator's own default. `settings` go to the family as they are."""

    num_inference_steps: int | None = None
    guidance_scale: float | None = None
    width: int | None = None
    height: int | None = None
    negative_prompt: str = ""
    settings: dict[str, Any] = Field(default_factory=dict)


def make_requests(
    probes: Sequence[Probe],
    replicates: int,
    audit_seed: int,
    recipe: GenerationRecipe,
    defaults: Defaults,
    fingerprint: str,
) -> list[tuple[Probe, Request]]:
    """Return one request for each probe and replicate. Its id hashes all that can change the picture."""
    steps = recipe.num_inference_steps or defaults.num_inference_steps
    guidance = defaults.guidance_scale if recipe.guidance_scale is None else recipe.guidance_scale
    width, height = recipe.width or defaults.width, recipe.height or defaults.height
    asked = []
    for probe in probes:
        for replicate in range(replicates):
            seed = seed_for(audit_seed, probe.pair_id, replicate)
            how = canonical_json([recipe.negative_prompt, steps, guidance, width, height, recipe.settings])
            request_id = stable_hash("request", probe.prompt, seed, how, fingerprint)
            request = Request(
                request_id, probe.prompt, probe.prompt, recipe.negative_prompt, replicate, seed, steps, guidance,
                width, height, dict(recipe.settings),
            )  # fmt: skip
            asked.append((probe, request))
    return asked


def canonical_json(value: object) -> str:
    """Return `value` as JSON with sorted keys and no spaces: equal values give equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
