"""Diffusers pipelines trained on: what is learned, what stays, and that plain diffusers loads the result."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import toolkit
from toolkit.store import RunFolder

FAST = {
    "held_out_share": 0.3, "seed": 1, "ema_decay": 0.5,
    "samples": {"every": 0}, "optimiser": {"batch_size": 8, "steps": 20, "learning_rate": 0.002},
}  # fmt: skip
ADAPTERS = {"tune": "lora", "lora": {"rank": 4, "alpha": 12}}
KINDS = ["stable_diffusion", "stable_diffusion_xl", "pixart"]
Train = Callable[..., Path]


@pytest.fixture
def train(curated: RunFolder, tmp_path: Path) -> Train:
    def run(start: Path, *, tensorboard: Path | None = None, **recipe: Any) -> Path:
        whole = FAST | {"start": str(start)} | recipe
        return toolkit.train(
            "pipeline", curated, tmp_path / "out", recipe=whole, device="cpu", tensorboard=tensorboard
        )  # fmt: skip

    return run


def load(folder: Path) -> Any:
    from diffusers import DiffusionPipeline

    pipeline = DiffusionPipeline.from_pretrained(folder)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def paint(pipeline: Any) -> np.ndarray:
    more = {"use_resolution_binning": False} if type(pipeline).__name__ == "PixArtAlphaPipeline" else {}
    generator = torch.Generator().manual_seed(5)
    painted = pipeline(
        "cat, part 1 of the photograph", num_inference_steps=3, height=16, width=16, generator=generator,
        output_type="np", **more,
    )  # fmt: skip
    return np.asarray(painted.images[0])


def networks(pipeline: Any) -> dict[str, dict[str, torch.Tensor]]:
    return {name: part.state_dict() for name, part in pipeline.components.items() if hasattr(part, "state_dict")}


def figures_of(folder: Path) -> dict[str, float]:
    return json.loads((folder / "training.json").read_text())["figures"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_denoiser_learns_and_all_else_stays_bit_for_bit(
    kind: str, train: Train, request: pytest.FixtureRequest
) -> None:
    start = request.getfixturevalue(kind)
    folder = train(start, tune="full")
    figures = figures_of(folder)
    for part in ("held-out concepts", "training pairs"):
        name = f"denoising loss, {part}"
        assert figures[name] < 0.97 * figures[f"before training: {name}"]
    before, after = networks(load(start)), networks(load(folder))
    assert set(before) == set(after)
    for part, weights in before.items():
        same = [torch.equal(weights[name], after[part][name]) for name in weights]
        assert sum(same) < 0.2 * len(same) if part in ("unet", "transformer") else all(same), part
    assert not np.array_equal(paint(load(start)), paint(load(folder)))
    assert not (folder / "checkpoints").exists()


@pytest.mark.parametrize("kind", KINDS)
def test_adapters_load_into_the_plain_pipeline_and_paint_what_they_do_merged(
    kind: str, train: Train, request: pytest.FixtureRequest
) -> None:
    start = request.getfixturevalue(kind)
    folder = train(start, **ADAPTERS, merge=True)
    plain, adapted, merged = load(start), load(start), load(folder / "merged")
    if kind == "pixart":
        from peft import PeftModel

        adapted.transformer = PeftModel.from_pretrained(adapted.transformer, folder)
    else:
        adapted.load_lora_weights(folder)
    assert np.abs(paint(adapted) - paint(plain)).max() > 0.01
    assert np.allclose(paint(adapted), paint(merged), atol=1e-3)
    before, after = networks(plain), networks(merged)
    changed = {f"{part}.{name}" for part in before for name in before[part]
               if not torch.equal(before[part][name], after[part][name])}  # fmt: skip
    assert changed
    assert all(any(one in name for one in ("to_q", "to_k", "to_v", "to_out.0")) for name in changed)
    figures = figures_of(folder)
    assert figures["denoising loss, training pairs"] < figures["before training: denoising loss, training pairs"]


def test_what_is_saved_is_the_moving_average(
    train: Train, stable_diffusion: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from toolkit.train.moving_average import MovingAverage

    seen: list[list[torch.Tensor]] = []
    real = MovingAverage.update

    def update(average: MovingAverage) -> None:
        seen.append([parameter.detach().clone() for parameter in average._network.parameters()])
        real(average)

    monkeypatch.setattr(MovingAverage, "update", update)
    steps = {"batch_size": 8, "steps": 6, "learning_rate": 0.01}
    folder = train(stable_diffusion, tune="full", ema_decay=0.3, optimiser=steps)
    expected = [one.clone() for one in load(stable_diffusion).unet.parameters()]
    for step, weights in enumerate(seen, start=1):
        decay = min(0.3, (1 + step) / (10 + step))
        expected = [decay * old + (1 - decay) * new for old, new in zip(expected, weights, strict=True)]
    found = list(load(folder).unet.parameters())
    assert len(seen) == 6
    assert all(torch.allclose(one, other, atol=1e-5) for one, other in zip(found, expected, strict=True))
    assert not all(torch.allclose(one, other, atol=1e-5) for one, other in zip(found, seen[-1], strict=True))


def test_without_an_average_the_last_weights_are_saved(train: Train, stable_diffusion: Path) -> None:
    folder = train(stable_diffusion, tune="full", ema_decay=0)
    assert not np.array_equal(paint(load(folder)), paint(load(stable_diffusion)))


def test_tensorboard_shows_loss_rate_held_out_loss_and_a_grid_of_samples(
    train: Train, stable_diffusion: Path, tmp_path: Path
) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    prompts = ["a cat", "a cup of coffee", "a rocket", "an astronaut", "a house"]
    samples = {"every": 10, "num_inference_steps": 2, "prompts": prompts}
    folder = train(stable_diffusion, **ADAPTERS, samples=samples, tensorboard=tmp_path / "log")
    events = EventAccumulator(str(tmp_path / "log" / "denoiser"), {"scalars": 0, "images": 0}).Reload()
    assert [one.step for one in events.Scalars("loss")] == list(range(1, 21))
    assert max(one.value for one in events.Scalars("learning rate")) == pytest.approx(0.002, rel=0.05)
    held_out = events.Scalars("denoising loss, held-out concepts")
    assert [one.step for one in held_out] == [10, 20]
    assert held_out[-1].value == pytest.approx(figures_of(folder)["denoising loss, held-out concepts"], abs=1e-4)
    grids = events.Images("samples")
    assert [(one.step, one.width, one.height) for one in grids] == [(10, 64, 32), (20, 64, 32)]
    written = sorted(path.name for path in (folder / "samples").iterdir())
    assert written == [f"step-000000{step}.png" for step in ("00", "10", "20")]
    first, last = (np.asarray(Image.open(folder / "samples" / name)) for name in (written[0], written[-1]))
    assert not np.array_equal(first, last)
    assert (first[16:, 16:] == 255).all(), "five pictures, and three places that are left blank"
    assert not (first[16:, :16] == 255).all()


def test_a_sample_is_what_the_plain_pipeline_paints(train: Train, stable_diffusion: Path) -> None:
    prompt = "cat, part 1 of the photograph"
    samples = {"every": 20, "num_inference_steps": 3, "prompts": [prompt], "seed": 5, "guidance_scale": 3.0}
    folder = train(stable_diffusion, tune="full", samples=samples)
    painted = load(folder)(
        prompt, num_inference_steps=3, guidance_scale=3.0, generator=torch.Generator().manual_seed(5), output_type="np"
    )
    expected = np.asarray(painted.images[0]) * 255
    found = np.asarray(Image.open(folder / "samples" / "step-00000020.png"))
    assert np.abs(found - expected).max() <= 1


def test_gradient_checkpointing_changes_no_weight(train: Train, pixart: Path, tmp_path: Path) -> None:
    weights = []
    for checkpointing in (False, True):
        folder = train(pixart, tune="full", gradient_checkpointing=checkpointing)
        weights.append(list(load(folder).transformer.parameters()))
        folder.rename(tmp_path / str(checkpointing))
    assert all(torch.allclose(one, other, atol=1e-6) for one, other in zip(*weights, strict=True))


def test_min_snr_and_accumulation_and_resolution_are_heeded(
    train: Train, stable_diffusion: Path, tmp_path: Path
) -> None:
    few = {"batch_size": 8, "steps": 4, "learning_rate": 0.002}
    curves = {}
    for name, more in {
        "plain": {}, "weighed": {"min_snr_gamma": 5.0}, "large": {"resolution": 32},
        "in parts": {"optimiser": few | {"accumulation": 4}},
    }.items():  # fmt: skip
        folder = train(stable_diffusion, **{"tune": "full", "optimiser": few} | more)
        curve = json.loads((folder / "training.json").read_text())["parts"]["denoiser"]["curve"]
        curves[name] = [loss for _, loss in curve]
        folder.rename(tmp_path / name)
    assert curves["weighed"][0] < 0.9 * curves["plain"][0], "weights are at most 1 for the noise"
    assert curves["large"][0] != curves["plain"][0]
    assert curves["in parts"] == pytest.approx(curves["plain"], rel=1e-3)


def test_the_card_names_the_pipeline_its_licence_and_how_to_load(train: Train, stable_diffusion: Path) -> None:
    card = stable_diffusion / "README.md"
    card.write_text("---\nlicense: creativeml-openrail-m\ntags: [art]\n---\n# A model\n")
    try:
        folder = train(stable_diffusion, **ADAPTERS)
    finally:
        card.unlink()
    record = json.loads((folder / "training.json").read_text())
    assert record["start"]["kind"] == "StableDiffusionPipeline"
    assert record["start"]["licence"] == "creativeml-openrail-m"
    text = (folder / "README.md").read_text()
    for one in ("creativeml-openrail-m", record["start"]["fingerprint"], "pipe.load_lora_weights(FOLDER)", "48 kept"):
        assert one in text
    assert "trained on drawings" not in text
