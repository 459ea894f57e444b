"""What cannot be trained on is said before anything is trained, and leaves nothing in the way."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from trainable_pipelines import save_stable_diffusion

import toolkit
from toolkit.errors import ModelError, RecipeError
from toolkit.store import RunFolder
from toolkit.train.pipeline_start import licence_of


def refuse(run: RunFolder, out: Path, message: str, **recipe: Any) -> None:
    with pytest.raises(ModelError, match=message):
        toolkit.train("pipeline", run, out, recipe=recipe, device="cpu")
    assert not out.exists() or not list(out.iterdir()), "what failed is not in the way of the next try"


def changed(start: Path, copy: Path, part: str, **settings: Any) -> Path:
    """Return a copy of the pipeline `start` with other `settings` in the configuration of `part`."""
    shutil.copytree(start, copy)
    file = next((copy / part).glob("*config.json"))
    file.write_text(json.dumps(json.loads(file.read_text()) | settings))
    return copy


def test_a_model_that_is_no_pipeline(curated: RunFolder, tmp_path: Path, tiny_clip: Path) -> None:
    refuse(curated, tmp_path / "out", "no pipeline to train on: give a recipe with start")
    refuse(curated, tmp_path / "out", "zoo:latent is no diffusers pipeline", start="zoo:latent")
    refuse(curated, tmp_path / "out", r"no model: expected model_index\.json", start=str(tiny_clip))
    refuse(curated, tmp_path / "out", "no model at './nowhere'", start="./nowhere")


def test_a_pipeline_of_another_kind(stable_diffusion: Path, curated: RunFolder, tmp_path: Path) -> None:
    from diffusers import (
        FlowMatchEulerDiscreteScheduler,
        StableDiffusionInpaintPipeline,
        StableDiffusionPipeline,
        UNet2DConditionModel,
    )

    plain = StableDiffusionPipeline.from_pretrained(stable_diffusion)
    inpainting = StableDiffusionInpaintPipeline(
        **plain.components | {"unet": UNet2DConditionModel(**dict(plain.unet.config) | {"in_channels": 9})},
        requires_safety_checker=False,
    )
    inpainting.save_pretrained(tmp_path / "inpainting")
    refuse(
        curated,
        tmp_path / "out",
        "holds a StableDiffusion.*cannot be trained on",
        start=str(tmp_path / "inpainting"),
    )
    flow = save_stable_diffusion(tmp_path / "flow", FlowMatchEulerDiscreteScheduler())
    refuse(curated, tmp_path / "out", "scheduler is a FlowMatchEuler.*predicts a flow", start=str(flow))


def test_a_pickle_is_refused_unless_the_recipe_allows_it(
    stable_diffusion: Path, curated: RunFolder, tmp_path: Path
) -> None:
    import torch
    from safetensors.torch import load_file

    start = tmp_path / "pickled"
    shutil.copytree(stable_diffusion, start)
    weights = start / "unet" / "diffusion_pytorch_model.safetensors"
    torch.save(load_file(weights), weights.with_suffix(".bin"))
    weights.unlink()
    refuse(curated, tmp_path / "out", "is a pickle.*allow_pickle in the recipe", start=str(start))
    few = {"samples": {"every": 0}, "optimiser": {"steps": 1, "batch_size": 2}}
    recipe = {"start": str(start), "allow_pickle": True} | few
    folder = toolkit.train("pipeline", curated, tmp_path / "out", recipe=recipe, device="cpu")
    assert (folder / "pytorch_lora_weights.safetensors").is_file()


def test_a_resolution_that_cannot_be_encoded(
    stable_diffusion: Path, pixart: Path, curated: RunFolder, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    refuse(curated, out, "steps of 2 pixels; choose 20 or 22", start=str(stable_diffusion), resolution=21)
    refuse(curated, out, "steps of 4 pixels; choose 16 or 20", start=str(pixart), resolution=18)


def test_adapters_for_layers_that_are_not_there(stable_diffusion: Path, curated: RunFolder, tmp_path: Path) -> None:
    message = "no adapters fit on lora.targets to_nowhere"
    refuse(curated, tmp_path / "out", message, start=str(stable_diffusion), lora={"targets": ["to_nowhere"]})


def test_too_large_a_set_can_be_tried_again(stable_diffusion: Path, curated: RunFolder, tmp_path: Path) -> None:
    refuse(curated, tmp_path / "out", "max_encoded_gib", start=str(stable_diffusion), max_encoded_gib=1e-6)


def test_an_output_that_is_in_the_way_or_a_wrong_key(
    stable_diffusion: Path, curated: RunFolder, tmp_path: Path
) -> None:
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(ModelError, match="in the way"):
        toolkit.train("pipeline", curated, tmp_path, recipe={"start": str(stable_diffusion)})
    with pytest.raises(RecipeError, match="did you mean 'min_snr_gamma'"):
        toolkit.train("pipeline", curated, tmp_path / "out", recipe={"min_snr": 5})


@pytest.mark.parametrize(
    ("text", "licence"),
    [
        ("---\nlicense: mit\n---\n# A card\n", "mit"),
        ("---\nlicense: other\nlicense_name: my-licence\n---\n", "my-licence"),
        ("---\ntags: [a]\n---\n", None),
        ("# A card without a head\n", None),
        ("---\nlicense: [\n---\n", None),
        ("---\n", None),
        ("---\njust words\n---\n", None),
    ],
)
def test_a_licence_is_read_where_the_card_states_one(text: str, licence: str | None, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(text)
    assert licence_of(tmp_path) == licence


def test_a_licence_is_handed_on_from_one_training_to_the_next(tmp_path: Path) -> None:
    assert licence_of(tmp_path) is None
    (tmp_path / "README.md").write_text("# A pipeline model of Tain\n")
    (tmp_path / "training.json").write_text(json.dumps({"start": {"licence": "openrail++"}}))
    assert licence_of(tmp_path) == "openrail++"
