"""Trainings of pipelines that are interrupted: they go on to the same weights, bit for bit."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

import toolkit
from toolkit.errors import ModelError
from toolkit.store import RunFolder
from toolkit.train.draw import Draw
from toolkit.train.pipeline_objective import DenoisingObjective

RECIPE = {
    "held_out_share": 0.3, "seed": 1, "checkpoint_minutes": 0, "ema_decay": 0.9, "gradient_checkpointing": True,
    "samples": {"every": 4, "num_inference_steps": 1, "prompts": ["a cat", "a rocket"]},
    "optimiser": {"batch_size": 4, "steps": 8, "learning_rate": 0.005, "accumulation": 2},
}  # fmt: skip


def train(run: RunFolder, start: Path, out: Path, *, resume: bool = False, **more: Any) -> Path:
    recipe = RECIPE | {"start": str(start)} | more
    return toolkit.train("pipeline", run, out, recipe=recipe, device="cpu", resume=resume)


def interrupt(run: RunFolder, start: Path, out: Path, after: int, **more: Any) -> None:
    """Train until `after` micro-batches are done, and break off in the middle of a step."""
    seen, real = [], DenoisingObjective.forward

    def forward(objective: DenoisingObjective, chosen: torch.Tensor, draw: Draw) -> torch.Tensor:
        if objective.training:
            seen.append(chosen)
            if len(seen) > after:
                raise KeyboardInterrupt
        return real(objective, chosen, draw)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DenoisingObjective, "forward", forward)
        with pytest.raises(KeyboardInterrupt):
            train(run, start, out, resume=True, **more)


def weights(folder: Path) -> dict[str, torch.Tensor]:
    found = {}
    for path in sorted(folder.rglob("*.safetensors")):
        found |= {f"{path.relative_to(folder)}/{name}": value for name, value in load_file(path).items()}
    return found


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("stable_diffusion", {"tune": "lora", "lora": {"rank": 2, "dropout": 0.2}, "merge": True}),
        ("pixart", {"tune": "full", "encoded_in": "memory"}),
    ],
)
def test_an_interrupted_training_resumes_to_the_same_weights(
    kind: str, more: dict[str, Any], curated: RunFolder, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    start = request.getfixturevalue(kind)
    whole = train(curated, start, tmp_path / "whole", **more)
    broken = tmp_path / "broken"
    for after in (1, 5, 9):  # before the first checkpoint, after it, and once more where a pass of 18 pairs ends
        interrupt(curated, start, broken, after, **more)
    assert not (broken / "training.json").exists()
    train(curated, start, broken, resume=True, **more)
    expected, found = weights(whole), weights(broken)
    assert set(found) == set(expected)
    assert all(torch.equal(found[name], expected[name]) for name in expected)
    curves = [json.loads((one / "training.json").read_text())["parts"]["denoiser"] for one in (whole, broken)]
    assert curves[0]["curve"] == curves[1]["curve"]
    assert curves[0]["watched"] == curves[1]["watched"]
    for name in ("step-00000004.png", "step-00000008.png"):
        assert (broken / "samples" / name).read_bytes() == (whole / "samples" / name).read_bytes()


def test_a_checkpoint_of_adapters_holds_no_frozen_weight(
    stable_diffusion: Path, curated: RunFolder, tmp_path: Path
) -> None:
    interrupt(curated, stable_diffusion, tmp_path / "out", 5)
    (newest,) = (tmp_path / "out" / "checkpoints" / "denoiser").glob("step-00000002")
    kept = load_file(newest / "model.safetensors")
    assert kept
    assert all("lora" in name for name in kept)


def test_what_no_weight_depends_on_may_change(stable_diffusion: Path, curated: RunFolder, tmp_path: Path) -> None:
    whole = train(curated, stable_diffusion, tmp_path / "whole")
    out = tmp_path / "out"
    interrupt(curated, stable_diffusion, out, 5)
    changed = {"samples": {"every": 0}, "encoded_in": "memory", "max_encoded_gib": 1.0, "merge": True}
    train(curated, stable_diffusion, out, resume=True, **changed)
    name = "pytorch_lora_weights.safetensors"
    expected, found = load_file(whole / name), load_file(out / name)  # the order of a file's header is not its weights'
    assert set(found) == set(expected)
    assert all(torch.equal(found[key], expected[key]) for key in expected)
    assert (out / "merged" / "model_index.json").is_file()
    with pytest.raises(ModelError, match="begun with another recipe"):
        train(curated, stable_diffusion, tmp_path / "whole", resume=True, ema_decay=0.5)


def test_only_the_same_pipeline_goes_on(stable_diffusion: Path, curated: RunFolder, tmp_path: Path) -> None:
    start = tmp_path / "start"
    shutil.copytree(stable_diffusion, start)
    interrupt(curated, start, tmp_path / "out", 3)
    file = start / "unet" / "diffusion_pytorch_model.safetensors"
    save_file({name: value + 1e-3 for name, value in load_file(file).items()}, file, {"format": "pt"})
    with pytest.raises(ModelError, match="no longer the model that this training began with"):
        train(curated, start, tmp_path / "out", resume=True)
