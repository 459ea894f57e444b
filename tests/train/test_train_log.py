"""What TensorBoard reads back of a training."""

from __future__ import annotations

import builtins
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

import toolkit
from toolkit.errors import ModelError
from toolkit.store import RunFolder
from toolkit.train.batches import Batches
from toolkit.train.draw import Draw
from toolkit.train.log import open_log
from toolkit.train.loop import Budget, Watch, optimise
from toolkit.train.recipes import OptimiserRecipe
from toolkit.train.trainer import Trainer


class Mean(nn.Module):
    """Learns the mean of 8 numbers; interrupted at the call `breaks_at`."""

    def __init__(self, breaks_at: int = 0) -> None:
        super().__init__()
        self.mean, self.calls, self.breaks_at = nn.Parameter(torch.zeros(1)), 0, breaks_at

    def forward(self, chosen: torch.Tensor, draw: Draw) -> torch.Tensor:
        self.calls += 1
        if self.calls == self.breaks_at:
            raise KeyboardInterrupt
        return (chosen - self.mean).square().mean()


def train_mean(objective: Mean, folder: Path, checkpoint_minutes: float = 0) -> None:
    recipe = OptimiserRecipe(batch_size=4, learning_rate=0.1)
    trainer = Trainer(0, folder / "checkpoints", "cpu", "no", checkpoint_minutes, tensorboard=folder / "log")
    watch = Watch(
        4, lambda: {"mean": objective.mean.item()}, lambda step: {"grid": np.full((4, 6, 3), 20 * step, np.uint8)}
    )
    batches = Batches(np.arange(8), 4, seed=0)
    optimise(objective, batches, recipe, Budget(8), trainer, part="mean", watch=watch)


def read_back(folder: Path) -> Any:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder / "log" / "mean"), {"scalars": 0, "images": 0})
    return events.Reload()


def test_loss_rate_figures_and_pictures_are_there_for_each_step(tmp_path: Path) -> None:
    train_mean(Mean(), tmp_path)
    events = read_back(tmp_path)
    assert [one.step for one in events.Scalars("loss")] == list(range(1, 9))
    assert events.Scalars("loss")[-1].value < events.Scalars("loss")[0].value
    rates = [one.value for one in events.Scalars("learning rate")]
    assert max(rates) == pytest.approx(0.1, rel=0.1)
    assert rates[-1] < rates[2]
    assert [one.step for one in events.Scalars("mean")] == [4, 8]
    grids = events.Images("grid")
    assert [(one.step, one.width, one.height) for one in grids] == [(4, 6, 4), (8, 6, 4)]
    assert [np.asarray(Image.open(BytesIO(one.encoded_image_string))).mean() for one in grids] == [80, 160]


def test_a_resumed_training_shows_each_step_once(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        train_mean(Mean(breaks_at=7), tmp_path, checkpoint_minutes=60)  # six steps that no checkpoint has kept
    train_mean(Mean(), tmp_path)
    assert [one.step for one in read_back(tmp_path).Scalars("loss")] == list(range(1, 9))


def test_without_the_package_a_training_does_not_begin(
    curated: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.split(".")[0] == "tensorboard":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ModelError, match=r"pip install 'tain\[train\]'"):
        toolkit.train("clip", curated, tmp_path / "clip", tensorboard=tmp_path / "log")
    assert not (tmp_path / "clip").exists()


def test_without_a_folder_nothing_is_written(tmp_path: Path) -> None:
    with open_log(None, "part", 0) as log:
        log.figure("loss", 1.0, 1)
        log.picture("grid", np.zeros((2, 2, 3), np.uint8), 1)
    assert not list(tmp_path.iterdir())
