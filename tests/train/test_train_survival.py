"""Trainings that are killed, and trainings by several processes, in processes of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
RECIPE = {
    "held_out_share": 0.3, "seed": 1, "autoencoder_width": 8, "width": 16, "layers": 1, "heads": 2,
    "autoencoder": {"batch_size": 8, "steps": 25}, "transformer": {"batch_size": 8, "steps": 25},
    "checkpoint_minutes": 0,
}  # fmt: skip


def command(data: Path, out: Path, recipe: Path, *more: str) -> list[str]:
    return [
        "-m", "pipelines.cli", "train", "latent", "--data", str(data), "--out", str(out), "--recipe", str(recipe),
        "--device", "cpu", *more,
    ]  # fmt: skip


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("recipes") / "recipe.yaml"
    file.write_text(yaml.safe_dump(RECIPE))
    return file


@pytest.fixture(scope="module")
def whole(curated_path: Path, recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("whole") / "latent"
    subprocess.run([sys.executable, *command(curated_path, out, recipe)], check=True, cwd=ROOT, capture_output=True)
    return out


def kill_once(arguments: list[str], seen: Path) -> None:
    """Start a training and kill -9 it as soon as the checkpoint `seen` is there."""
    process = subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(2400):
            if seen.exists() or process.poll() is not None:
                break
            time.sleep(0.05)
        assert process.poll() is None, "the training ended before it could be killed"
        os.kill(process.pid, signal.SIGKILL)
    finally:
        process.kill()
        process.wait()


def resume_after(kills: list[str], data: Path, recipe: Path, out: Path) -> None:
    for place in kills:
        kill_once(command(data, out, recipe, "--resume"), out / "checkpoints" / place)
    done = subprocess.run(
        [sys.executable, *command(data, out, recipe, "--resume")], check=False, cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def assert_same(out: Path, whole: Path) -> None:
    """The weights bit for bit, and the loss curves."""
    found, expected = (json.loads((folder / "training.json").read_text()) for folder in (out, whole))
    for part in ("autoencoder", "transformer"):
        assert found["parts"][part]["curve"] == expected["parts"][part]["curve"]
    assert (out / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()
    assert not (out / "checkpoints").exists()


def test_a_killed_training_resumes_to_the_same_weights(
    curated_path: Path, recipe: Path, whole: Path, tmp_path: Path
) -> None:
    out = tmp_path / "latent"
    resume_after(["transformer/step-00000003"], curated_path, recipe, out)
    assert_same(out, whole)


@pytest.mark.slow
def test_training_killed_again_and_again_resumes_to_the_same_weights(
    curated_path: Path, recipe: Path, whole: Path, tmp_path: Path
) -> None:
    out = tmp_path / "latent"
    places = ["autoencoder/step-00000001", "autoencoder/step-00000011", "autoencoder/step-00000025"]
    places += ["transformer/step-00000005", "transformer/step-00000024"]
    resume_after(places, curated_path, recipe, out)
    assert_same(out, whole)


def test_two_processes_train_as_one_does(curated_path: Path, recipe: Path, whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "latent"
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [sys.executable, *launcher, *command(curated_path, out, recipe)],
        check=False, cwd=ROOT, capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    found, expected = (json.loads((folder / "training.json").read_text()) for folder in (out, whole))
    for part in ("autoencoder", "transformer"):
        losses, reference = ([loss for _, loss in one["parts"][part]["curve"]] for one in (found, expected))
        assert losses == pytest.approx(reference, abs=2e-3)


def test_only_the_same_training_goes_on(curated_path: Path, whole: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(yaml.safe_dump(RECIPE | {"width": 32}))
    done = subprocess.run(
        [sys.executable, *command(curated_path, whole, other, "--resume")],
        check=False, cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert "begun with another recipe" in done.stderr
