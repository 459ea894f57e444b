"""What the trainings of all generators share: the moving average, the loss on what was held out, the figures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from toolkit.train.batches import Batches, PassLimit
from toolkit.train.card import Start
from toolkit.train.draw import Draw
from toolkit.train.loop import Budget, TrainingResult, Watch, optimise
from toolkit.train.moving_average import MovingAverage
from toolkit.train.recipes import GeneratorRecipe, OptimiserRecipe
from toolkit.train.trainer import Trainer
from toolkit.train.training_set import TrainingSet

MEASURED = 1024  # training pairs at most that a figure is taken of
WATCHED = 512  # held-out pairs at most whose loss is taken after each pass
CHUNK = 128


class Trained(NamedTuple):
    """A trained generator: how it is saved into a folder, how its parts went, its figures by name, and what it went on
    from."""

    save: Callable[[Path], None]
    parts: dict[str, TrainingResult]
    figures: dict[str, Any]
    start: Start | None = None


class PainterTask(NamedTuple):
    """The last part of a generator's training: `network` learns by `objective`, whose loss `measured` gives without
    dropping captions; `recipe` is that of the whole generator."""

    part: str
    network: nn.Module
    objective: nn.Module
    measured: nn.Module
    recipe: GeneratorRecipe


def train_painter(
    task: PainterTask, data: TrainingSet, recipe: OptimiserRecipe, minutes: float | None, trainer: Trainer
) -> TrainingResult:
    """Train the network of `task` in place; it ends with the moving average of its weights, on the CPU.

    After each pass over the data its loss on held-out concepts is measured, where there are any.
    """
    device = trainer.torch_device
    average = MovingAverage(task.network, task.recipe.ema_decay)
    batches = Batches(data.training, recipe.batch_size, trainer.seed + 1, _limit(data, task.recipe.most_per_concept))
    held_out = np.flatnonzero(data.held_out)[:WATCHED]
    a_pass = -(-batches.a_pass // recipe.batch_size)
    watch = Watch(a_pass, lambda: {"held-out loss": round(mean_loss(task.measured, held_out, device), 5)})
    result = optimise(
        task.objective.train(),
        batches,
        recipe,
        Budget(recipe.steps, minutes),
        trainer,
        part=task.part,
        average=average,
        watch=watch if len(held_out) else None,
    )
    average.swap()
    task.network.eval().cpu()
    return result


def _limit(data: TrainingSet, most: int | None) -> PassLimit | None:
    return None if most is None else PassLimit(data.concepts[data.training], most)


@torch.no_grad()
def mean_loss(measured: nn.Module, indices: NDArray[np.int64], device: torch.device) -> float:
    """Return the mean loss of the pairs at `indices`, on `device`, with random numbers that are always the same."""
    total = 0.0
    for start in range(0, len(indices), CHUNK):
        chosen = torch.from_numpy(indices[start : start + CHUNK])
        draw = Draw(0, "figure", start, slice(0, len(chosen)), len(chosen), device)
        total += float(measured(chosen, draw)) * len(chosen)
    return total / len(indices)


def measured_sets(data: TrainingSet) -> dict[str, NDArray[np.int64]]:
    """Return the pairs that figures are taken of, by name; those that are there."""
    sets = {
        "held-out concepts": np.flatnonzero(data.held_out),
        "held-out sources": np.flatnonzero(data.set_aside & ~data.held_out)[:MEASURED],
        "training pairs": data.training[:MEASURED],
    }
    return {name: indices for name, indices in sets.items() if len(indices)}


def shared_out(minutes: float | None, share: float) -> tuple[float | None, float | None]:
    """Return `minutes` in two parts, the first of which is `share` of them; None stays None."""
    return (None, None) if minutes is None else (minutes * share, minutes - minutes * share)
