"""Probes times replicates -> requests: what is asked of a generator, decided before anything is painted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from pydantic import Field

from toolkit.engine.resources import WorkerRecipe
from toolkit.errors import RecipeError
from toolkit.generate.generator import Defaults, Request
from toolkit.generate.settings import PaintSettings, identity
from toolkit.generate.steering import Steering, steered
from toolkit.probes import Probe
from toolkit.seeds import seed_for, stable_hash


class GenerationRecipe(WorkerRecipe):
    """How to paint; whatever is None is the generator's own default. `settings` go to the family as they are;
    `steering` leads some of the requests to values of an attribute; what a worker takes: see `WorkerRecipe`.
    """

    num_inference_steps: int | None = Field(default=None, ge=1)
    guidance_scale: float | None = None
    width: int | None = Field(default=None, ge=1)
    height: int | None = Field(default=None, ge=1)
    negative_prompt: str = ""
    settings: PaintSettings = PaintSettings()
    steering: Steering | None = None


def make_requests(
    probes: Sequence[Probe],
    replicates: int,
    audit_seed: int,
    recipe: GenerationRecipe,
    defaults: Defaults,
    fingerprint: str,
) -> list[tuple[Probe, Request]]:
    """Return one request for each probe and replicate. Its id hashes all that can change the picture.

    Raises RecipeError for a probe whose prompt is empty: nothing would be asked for; and for steering of no probe.
    """
    steps = recipe.num_inference_steps or defaults.num_inference_steps
    guidance = defaults.guidance_scale if recipe.guidance_scale is None else recipe.guidance_scale
    width, height = recipe.width or defaults.width, recipe.height or defaults.height
    settings = recipe.settings.as_dict()
    check_steered(recipe.steering, probes)

    def how_of(more: dict[str, Any]) -> str:
        return canonical_json([recipe.negative_prompt, steps, guidance, width, height, identity(settings | more)])

    plain = how_of({})
    asked = []
    for probe in probes:
        if not probe.prompt.strip():
            raise RecipeError(
                f"the prompt of a probe with {probe.attributes} is empty, so nothing would be asked for; give its "
                "template words of its own"
            )
        for replicate in range(replicates):
            seed = seed_for(audit_seed, probe.pair_id, replicate)
            sent, more = steered(recipe.steering, probe.prompt, seed)
            how = how_of(more) if more else plain
            written = (
                () if sent == probe.prompt else (probe.prompt,)
            )  # another probe may be written as this one is sent
            request_id = stable_hash("request", sent, seed, how, fingerprint, *written)
            request = Request(
                request_id, probe.prompt, sent, recipe.negative_prompt, replicate, seed, steps, guidance, width, height,
                settings | more,
            )  # fmt: skip
            asked.append((probe, request))
    return asked


def check_steered(steering: Steering | None, probes: Sequence[Probe]) -> None:
    """Raise RecipeError where `steering` names prompts, and none of them is one of `probes`."""
    asked = {probe.prompt for probe in probes}
    if steering is not None and steering.prompts and not asked & set(steering.prompts):
        raise RecipeError(
            f"steering is of prompts such as {next(iter(steering.prompts))!r}, and the probes of others such as "
            f"{next(iter(sorted(asked)))!r}; write them as the probes do"
        )


def canonical_json(value: object) -> str:
    """Return `value` as JSON with sorted keys and no spaces: equal values give equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
