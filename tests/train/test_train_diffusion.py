"""Latent generators that predict the noise or v: folders that diffusers loads by itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import toolkit
from toolkit.errors import RecipeError

FAST = {"batch_size": 8, "steps": 24}
RECIPE = {
    "held_out_share": 0.3, "seed": 1, "image_size": 32, "caption_dropout": 0.3,
    "diffusers": {
        "autoencoder_width": 8, "latent_channels": 4, "channels": [8, 16], "heads": 2,
        "autoencoder": FAST, "unet": FAST,
    },
}  # fmt: skip
PAINT = """
import sys, torch
from toolkit.models import torchvision_ops
torchvision_ops.ensure()  # mends torchvision beside a CPU build of torch; nothing else here is of this package
from diffusers import AutoPipelineForText2Image, DiffusionPipeline
folder, out, way = sys.argv[1:]
loader = AutoPipelineForText2Image if way == "auto" else DiffusionPipeline
pipeline = loader.from_pretrained(folder)
pipeline.set_progress_bar_config(disable=True)
pictures = pipeline("a cat", generator=torch.Generator().manual_seed(0)).images
ours = {name for name in sys.modules if name.startswith("toolkit.")}
assert ours == {"toolkit.models", "toolkit.models.torchvision_ops"}, ours
dtypes = pipeline.unet.dtype, pipeline.text_encoder.dtype
print(type(pipeline).__name__, pipeline.scheduler.config.prediction_type, *dtypes)
pictures[0].save(out)
"""


@pytest.fixture(scope="module", params=["epsilon", "v"])
def trained(request: pytest.FixtureRequest, curated_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained") / request.param
    return toolkit.train("latent", curated_path, folder, recipe=RECIPE | {"prediction": request.param})


def prediction(folder: Path) -> str:
    return str(json.loads((folder / "training.json").read_text())["recipe"]["prediction"])


def test_it_learns_and_says_how_well(trained: Path) -> None:
    record = json.loads((trained / "training.json").read_text())
    for part in ("autoencoder", "unet"):
        curve = record["parts"][part]["curve"]
        assert np.mean([loss for _, loss in curve[-5:]]) < np.mean([loss for _, loss in curve[:5]])
    assert 5 < record["figures"]["autoencoder PSNR in dB, held-out concepts"] < 40
    assert 0 < record["figures"][f"weighted {prediction(trained)} loss, held-out concepts"] < 2


def test_plain_diffusers_loads_and_paints_in_a_fresh_process(trained: Path, tmp_path: Path) -> None:
    """By DiffusionPipeline, or by AutoPipelineForText2Image."""
    from PIL import Image

    way = {"epsilon": "plain", "v": "auto"}[prediction(trained)]
    out = tmp_path / "cat.png"
    done = subprocess.run(
        [sys.executable, "-c", PAINT, str(trained), str(out), way],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    kind = {"epsilon": "epsilon", "v": "v_prediction"}[prediction(trained)]
    assert done.stdout.split() == ["StableDiffusionPipeline", kind, "torch.float32", "torch.float32"]
    picture = np.asarray(Image.open(out))
    assert picture.shape == (32, 32, 3)
    assert picture.std() > 1
    for worry in ("MISSING", "newly initialized", "not expected"):
        assert worry not in done.stderr


def test_tain_paints_with_it(trained: Path, tmp_path: Path) -> None:
    run = toolkit.generate(trained, {"templates": ["a cat", "a rocket"]}, tmp_path / "run", replicates=2,
                           recipe={"num_inference_steps": 3})  # fmt: skip
    assert run.stages["generate"]["counts"] == {"probes": 2, "requests": 4, "failed": 0}
    samples = run.read("samples").to_pylist()
    assert len({row["sha256"] for row in samples}) == 4
    assert all(row["batch_shape"][1:] == [32, 32, 3] for row in samples)


def test_a_pipeline_sends_the_texts_that_the_network_was_trained_on(trained: Path) -> None:
    """Short and long captions, and the empty one, which stands for no text."""
    from diffusers import DiffusionPipeline

    from toolkit.train.texts import encode_texts

    pipeline = DiffusionPipeline.from_pretrained(trained)
    captions = ["a cat", "one of the many parts of a very long photograph that goes on and on and on beyond the limit"]
    positive, negative = pipeline.encode_prompt(captions, "cpu", 1, do_classifier_free_guidance=True)
    expected, _ = encode_texts([*captions, ""], 16).at(torch.arange(3), torch.device("cpu"))
    assert positive.shape == (2, 16, 384)
    assert torch.allclose(positive, expected[:2], atol=2e-2)  # weights in half precision
    assert torch.allclose(negative, expected[2:].expand(2, -1, -1), atol=2e-2)
    assert (expected[0] - expected[1]).abs().max() > 0.5


def test_latents_have_unit_scale_in_the_folder(trained: Path, curated_path: Path) -> None:
    from diffusers import DiffusionPipeline

    from toolkit.models.picture_range import to_unit
    from toolkit.store import open_run
    from toolkit.train.training_set import load_training_set

    data = load_training_set([open_run(curated_path)], 32, held_out_share=0.3, seed=1)
    vae = DiffusionPipeline.from_pretrained(trained).vae
    with torch.no_grad():
        latents = vae.encode(to_unit(data.pictures[data.training])).latents * vae.config.scaling_factor
    assert float(latents.std()) == pytest.approx(1, abs=0.02)


def test_an_interrupted_training_resumes_to_the_same_weights(
    trained: Path, curated_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from toolkit.train import diffusion

    whole, calls = diffusion.denoising, []

    def breaking(*arguments: object, **named: object) -> torch.Tensor:
        calls.append(1)
        if len(calls) == 12:
            raise KeyboardInterrupt
        return whole(*arguments, **named)  # type: ignore[arg-type]

    recipe = RECIPE | {"prediction": prediction(trained), "checkpoint_minutes": 0}
    with monkeypatch.context() as patch:
        patch.setattr(diffusion, "denoising", breaking)
        with pytest.raises(KeyboardInterrupt):
            toolkit.train("latent", curated_path, tmp_path / "out", recipe=recipe)
    resumed = toolkit.train("latent", curated_path, tmp_path / "out", recipe=recipe, resume=True)
    for part in ("unet", "vae"):
        name = Path(part) / "diffusion_pytorch_model.safetensors"
        assert (resumed / name).read_bytes() == (trained / name).read_bytes()


def test_recipes_that_describe_no_network_say_why(curated_path: Path, tmp_path: Path) -> None:
    for keys, said in (
        ({"prediction": "x"}, "prediction"),
        ({"prediction": "v", "diffusers": {"channels": [90]}}, "cannot be shared out to 4 heads"),
        ({"prediction": "v", "image_size": 48, "diffusers": {"channels": [8, 8, 8]}}, "cannot be halved as often"),
    ):
        with pytest.raises(RecipeError, match=said):
            toolkit.train("latent", curated_path, tmp_path / "out", recipe=keys)
