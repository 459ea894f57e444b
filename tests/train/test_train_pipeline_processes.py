"""Several processes, and half precision."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml

import toolkit
from toolkit.store import RunFolder
from toolkit.train.trainer import Trainer

ROOT = Path(__file__).parents[2]
RECIPE = {
    "held_out_share": 0.3, "seed": 1,
    "samples": {"every": 4, "num_inference_steps": 1, "prompts": ["a cat", "a rocket"]},
    "optimiser": {"batch_size": 8, "steps": 8, "learning_rate": 0.005, "accumulation": 2},
}  # fmt: skip


def record(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "training.json").read_text())


@pytest.mark.slow
@pytest.mark.parametrize("tune", ["lora", "full"])
def test_two_processes_encode_and_train_as_one_does(
    tune: str, curated_path: Path, stable_diffusion_xl: Path, tmp_path: Path
) -> None:
    recipe = RECIPE | {"start": str(stable_diffusion_xl), "tune": tune}
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    whole = toolkit.train("pipeline", curated_path, tmp_path / "whole", recipe=recipe, device="cpu")
    shared = tmp_path / "shared"
    words = [
        "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "pipelines.cli", "train", "pipeline",
        "--recipe", str(tmp_path / "recipe.yaml"), "--data", str(curated_path), "--out", str(shared),
        "--device", "cpu",
    ]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", *words], check=False, cwd=ROOT, capture_output=True, text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    found, expected = record(shared), record(whole)
    losses = [[loss for _, loss in one["parts"]["denoiser"]["curve"]] for one in (found, expected)]
    assert losses[0] == pytest.approx(losses[1], abs=2e-3)
    assert found["figures"] == pytest.approx(expected["figures"], abs=2e-3)


@pytest.mark.parametrize("kind", ["stable_diffusion", "stable_diffusion_xl", "pixart"])
def test_half_precision_trains_about_as_single_does(
    kind: str, curated: RunFolder, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A CPU is refused half precision, since it is slow; the arithmetic is that of a GPU all the same."""
    from accelerate import Accelerator
    from accelerate.state import AcceleratorState

    recipe = RECIPE | {"start": str(request.getfixturevalue(kind)), "tune": "full"}
    single = record(toolkit.train("pipeline", curated, tmp_path / "single", recipe=recipe, device="cpu"))

    def halved(_: Trainer, accumulation: int = 1) -> Any:
        AcceleratorState._reset_state()
        return Accelerator(cpu=True, mixed_precision="bf16", gradient_accumulation_steps=accumulation)

    monkeypatch.setattr(Trainer, "accelerator", halved)
    folder = toolkit.train("pipeline", curated, tmp_path / "half", recipe=recipe, device="cpu")
    AcceleratorState._reset_state()
    half = record(folder)
    losses = [[loss for _, loss in one["parts"]["denoiser"]["curve"]] for one in (single, half)]
    assert losses[1] == pytest.approx(losses[0], rel=0.05)
    assert losses[1] != losses[0]
    from diffusers import DiffusionPipeline

    pipeline = DiffusionPipeline.from_pretrained(folder)
    networks = [part for part in pipeline.components.values() if hasattr(part, "parameters")]
    assert all(one.dtype == torch.float32 for part in networks for one in part.parameters())
    from PIL import Image

    first, last = (np.asarray(Image.open(folder / "samples" / f"step-{step:08d}.png")) for step in (0, 8))
    assert first.std() > 0
    assert not np.array_equal(first, last)
