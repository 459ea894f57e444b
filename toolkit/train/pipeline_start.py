"""The diffusers pipeline that a training goes on from, and whether it can."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from yaml import YAMLError

from toolkit.errors import ModelError
from toolkit.models import uri
from toolkit.models.pipeline_files import open_pipeline, pipeline_folder
from toolkit.models.saved_pipeline import pipeline_fingerprint
from toolkit.recipe import parse_yaml
from toolkit.train.card import Start
from toolkit.train.latent_space import LatentSpace
from toolkit.train.noise_schedule import NoiseSchedule, noise_schedule
from toolkit.train.pipeline_family import Family, family_of
from toolkit.train.pipeline_recipe import PipelineRecipe


class Opened(NamedTuple):
    """A pipeline that can be trained on, what is known of it, and the `side` of the pictures it will see."""

    pipeline: Any
    start: Start
    family: Family
    space: LatentSpace
    schedule: NoiseSchedule
    side: int

    @property
    def denoiser(self) -> Any:
        """The network that is trained."""
        return getattr(self.pipeline, self.family.denoiser)


def open_start(recipe: PipelineRecipe) -> Opened:
    """Return the pipeline `recipe.start`, all its networks frozen. Raises ModelError where it cannot be trained on."""
    if recipe.start is None:
        raise ModelError("no pipeline to train on: give a recipe with start: FOLDER, or start: a hub id")
    parsed = uri.parse(recipe.start)
    if parsed.kind in ("zoo", "open_clip"):
        raise ModelError(
            f"{recipe.start} is no diffusers pipeline; expected a folder with model_index.json or a hub id"
        )
    pipeline = open_pipeline(parsed.name, dtype="float32", allow_pickle=recipe.allow_pickle)
    family = family_of(pipeline, recipe.start)
    schedule = noise_schedule(pipeline.scheduler)
    licence = licence_of(pipeline_folder(parsed.name, allow_pickle=recipe.allow_pickle))
    start = Start(recipe.start, type(pipeline).__name__, pipeline_fingerprint(pipeline), licence)
    space = LatentSpace(pipeline.vae, pipeline.vae.config.latent_channels, pipeline.vae_scale_factor)
    side = _side(recipe, getattr(pipeline, family.denoiser).config, space)
    for part in pipeline.components.values():
        if hasattr(part, "requires_grad_"):
            part.requires_grad_(requires_grad=False).eval()
    return Opened(pipeline, start, family, space, schedule, side)


def licence_of(folder: Path) -> str | None:
    """Return the licence that the card in `folder` states, None where there is no card or it states none."""
    try:
        text = (folder / "README.md").read_text("utf-8")
        if text.startswith("---\n"):
            found = parse_yaml(text.split("---\n")[1])
            stated = found.get("license_name") or found.get("license")
            return str(stated) if stated else None
        record = json.loads((folder / "training.json").read_text("utf-8"))  # of a training of this project
        return str(record["start"]["licence"]) if record["start"]["licence"] else None
    except (OSError, ValueError, KeyError, IndexError, AttributeError, YAMLError):
        return None


def _side(recipe: PipelineRecipe, settings: Any, space: LatentSpace) -> int:
    """Return the side of the pictures to train on. Raises ModelError where latents of it do not come out even."""
    size = settings.sample_size
    own = size * space.factor if isinstance(size, int) else None
    side = recipe.resolution or own
    if side is None:
        raise ModelError(f"{recipe.start} does not say for which square it was made; give a resolution in the recipe")
    step = space.factor * int(settings.get("patch_size") or 1)
    if side % step:
        below = side // step * step
        nearest = f"{below} or {below + step}" if below else str(step)
        raise ModelError(
            f"resolution {side} cannot be encoded: {recipe.start} works in steps of {step} pixels; choose {nearest}"
            + (f" (it was made for {own})" if own else "")
        )
    return side
