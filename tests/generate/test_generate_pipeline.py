"""Diffusers pipelines of three classes: what plain calls paint, encoded once, whatever the batch and the order."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from asking import asked, pixels
from tiny_pipelines import SAVED, SIDE

from toolkit.errors import ModelError
from toolkit.generate.generator import Request
from toolkit.generate.load import load_generator
from toolkit.generate.pipeline import PipelineGenerator, load_pipeline
from toolkit.generate.stage import generate
from toolkit.seeds import random_stream

SD = "StableDiffusionPipeline"
LONG = "a judge of a heart of a teacher of a red firefighter and so on for longer than sixteen tokens can hold"
PROMPTS = ["judge", "a red heart", LONG]
Folder = Callable[[str], Path]


@pytest.fixture(scope="module", params=sorted(SAVED))
def painter(request: pytest.FixtureRequest, tiny_pipeline: Folder) -> PipelineGenerator:
    return load_pipeline(str(tiny_pipeline(request.param)))


@pytest.fixture(scope="module")
def stable(tiny_pipeline: Folder) -> PipelineGenerator:
    return load_pipeline(str(tiny_pipeline(SD)))


def plain_call(painter: PipelineGenerator, requests: list[Request]) -> np.ndarray:
    """Return what the pipeline itself paints when it is called with the texts."""
    from diffusers import AutoPipelineForText2Image

    pipeline = AutoPipelineForText2Image.from_pretrained(painter.name)
    pipeline.set_progress_bar_config(disable=True)
    first = requests[0]
    named: dict[str, Any] = {} if "PixArt" not in type(pipeline).__name__ else {"use_resolution_binning": False}
    if first.negative_prompt:
        named["negative_prompt"] = [first.negative_prompt] * len(requests)
    found = pipeline(
        [request.prompt for request in requests],
        num_inference_steps=first.num_inference_steps, guidance_scale=first.guidance_scale, height=SIDE, width=SIDE,
        generator=[random_stream(request.seed) for request in requests], output_type="np", **named,
    )  # fmt: skip
    return (found.images * 255).round().astype(int)


@pytest.mark.parametrize("recipe", [{}, {"negative_prompt": "a red teacher"}, {"guidance_scale": 1.0}])
def test_pictures_are_those_of_plain_calls(painter: PipelineGenerator, recipe: dict[str, Any]) -> None:
    requests = asked(painter, PROMPTS[:2], 2, num_inference_steps=3, **recipe)
    found = pixels(painter.generate(requests, batch_size=4))
    assert found.shape == (4, SIDE, SIDE, 3)
    assert np.abs(found - plain_call(painter, requests)).max() <= 1
    assert np.abs(found[0] - found[2]).max() > 1, "the prompt changes the picture"


def test_batch_size_and_order_change_nothing(painter: PipelineGenerator) -> None:
    requests = asked(painter, PROMPTS, 3, num_inference_steps=2)
    found = pixels(painter.generate(requests, batch_size=4))
    backwards = pixels(painter.generate(requests[::-1], batch_size=4))[::-1]
    assert (found == backwards).all(), "bit-identical at one batch shape"
    for size in (1, 7):
        assert np.abs(pixels(painter.generate(requests, batch_size=size)) - found).max() <= 1


def test_each_distinct_prompt_is_encoded_once(tiny_pipeline: Folder, tmp_path: Path) -> None:
    for name in SAVED:
        fresh = load_pipeline(str(tiny_pipeline(name)))
        probes = {"templates": ["{it}", "a {it}"], "slots": {"it": PROMPTS[:2]}}
        recipe = {"num_inference_steps": 1, "negative_prompt": "a teacher"}
        generate(fresh, probes, tmp_path / name, replicates=5, batch_size=2, recipe=recipe)
        assert fresh.texts.encoded == 4


def test_a_prompt_beyond_the_token_limit_is_flagged(painter: PipelineGenerator) -> None:
    flags = [one.flags for one in painter.generate(asked(painter, PROMPTS, 1, num_inference_steps=1), batch_size=4)]
    cut = ("truncated",) if painter.name.endswith(("StableDiffusionPipeline", "StableDiffusionXLPipeline")) else ()
    assert flags == [(), (), cut], "T5 reads 300 tokens, CLIP here 16"


def test_what_a_pipeline_was_made_for_is_its_default(tiny_pipeline: Folder, tmp_path: Path) -> None:
    run = generate(
        str(tiny_pipeline(SD)), {"templates": ["judge"]}, tmp_path / "run", replicates=1,
        recipe={"num_inference_steps": 1},
    )  # fmt: skip
    row = run.read("requests").to_pylist()[0]
    assert (row["width"], row["height"], row["guidance_scale"]) == (SIDE, SIDE, 7.5)
    assert load_pipeline(str(tiny_pipeline("PixArtSigmaPipeline"))).defaults.num_inference_steps == 20


def test_autopipeline_finds_the_class_that_paints_from_text(tiny_pipeline: Folder, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    shutil.copytree(tiny_pipeline(SD), folder)
    index = json.loads((folder / "model_index.json").read_text())
    (folder / "model_index.json").write_text(json.dumps(index | {"_class_name": "StableDiffusionImg2ImgPipeline"}))
    found = load_pipeline(str(folder))
    requests = asked(found, ["judge"], 1, num_inference_steps=2)
    expected = load_pipeline(str(tiny_pipeline(SD))).generate(requests, batch_size=1)
    assert (pixels(found.generate(requests, batch_size=1)) == pixels(expected)).all()


@pytest.mark.usefixtures("tiny_pipeline")
def test_a_class_that_autopipeline_does_not_know_is_loaded_as_itself(tmp_path: Path) -> None:
    from diffusers import DDPMPipeline, DDPMScheduler, UNet2DModel

    unet = UNet2DModel(
        sample_size=8, block_out_channels=(8, 8), layers_per_block=1, norm_num_groups=4,
        down_block_types=("DownBlock2D",) * 2, up_block_types=("UpBlock2D",) * 2,
    )  # fmt: skip
    DDPMPipeline(unet, DDPMScheduler()).save_pretrained(tmp_path / "ddpm")
    with pytest.raises(ModelError, match="DDPMPipeline, which takes no prompt"):
        load_generator(tmp_path / "ddpm")


def test_schedulers_come_by_name_with_their_options(stable: PipelineGenerator) -> None:
    def shot(scheduler: Any) -> np.ndarray:
        requests = asked(stable, ["judge"], 2, num_inference_steps=3, settings={"scheduler": scheduler})
        return pixels(stable.generate(requests, batch_size=2))

    own = pixels(stable.generate(asked(stable, ["judge"], 2, num_inference_steps=3), batch_size=2))
    assert (shot("DDIMScheduler") == own).all()
    assert (shot("heun_discrete") != own).any()
    ancestral = shot("EulerAncestralDiscrete")
    assert (shot("EulerAncestralDiscreteScheduler") == ancestral).all(), "its noise too is each request's own"
    assert (shot({"name": "DPMSolverMultistep", "use_karras_sigmas": True}) != shot("DPMSolverMultistep")).any()
    assert (shot("DDIM") == own).all(), "nothing is left of the others"
    with pytest.raises(ModelError, match=r"called 'dimm'; known are .*DDIMScheduler, .*EulerDiscreteScheduler"):
        shot("dimm")
    with pytest.raises(ModelError, match=r"takes no option 'karras'; it takes .*use_karras_sigmas"):
        shot({"name": "DPMSolverMultistep", "karras": True})


def test_a_setting_that_the_pipeline_lacks_is_named(stable: PipelineGenerator) -> None:
    for name in ("guidance_scal", "prompt", "rerank"):
        with pytest.raises(ModelError, match=f"'{name}'"):
            stable.generate([one._replace(settings={name: 1}) for one in asked(stable, ["judge"], 1)], batch_size=1)


def test_a_size_that_cannot_be_painted_is_said_before_painting(tiny_pipeline: Folder, tmp_path: Path) -> None:
    for name, size, step in ((SD, 20, 8), ("PixArtSigmaPipeline", 24, 16)):
        with pytest.raises(ModelError, match=f"sizes that {step} divides; {size} x {SIDE} was asked for"):
            generate(str(tiny_pipeline(name)), {"templates": ["judge"]}, tmp_path / "run", recipe={"width": size})
    assert not (tmp_path / "run").exists()


def test_half_precision_is_another_model(tiny_pipeline: Folder) -> None:
    whole, half = (load_pipeline(str(tiny_pipeline(SD)), dtype=dtype) for dtype in ("float32", "bfloat16"))
    assert (whole.dtype, half.dtype) == ("float32", "bfloat16")
    assert whole.fingerprint != half.fingerprint
    requests = asked(half, ["judge"], 1, num_inference_steps=2)
    assert half.generate(requests, batch_size=1)[0].pixels.std() > 0
    with pytest.raises(ModelError, match="expected float32, float16, bfloat16"):
        load_pipeline(str(tiny_pipeline(SD)), dtype="int8")


def test_a_folder_that_is_no_model_says_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"model_index\.json"):
        load_generator(tmp_path)
    with pytest.raises(ModelError, match="paints none"):
        load_generator("open_clip:ViT-B-32/laion2b_s34b_b79k")
