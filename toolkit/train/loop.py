"""One training loop for every network: a budget, a schedule, gradient clipping, a moving average, a loss curve."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from time import monotonic
from typing import NamedTuple

import torch
from torch import nn

from toolkit.errors import ModelError
from toolkit.progress import Progress, silent
from toolkit.train.recipes import OptimiserRecipe

CURVE_POINTS = 200


class Budget(NamedTuple):
    """Training ends after `steps`, or after `minutes` where they are given and end sooner."""

    steps: int
    minutes: float | None = None


class LossPoint(NamedTuple):
    """The mean `loss` over the steps since the point before, ending at `step`."""

    step: int
    loss: float


class TrainingResult(NamedTuple):
    """Steps taken, seconds they took, and the loss curve."""

    steps: int
    seconds: float
    curve: list[LossPoint]


class MovingAverage:
    """An exponential moving average of a network's parameters, warmed up so that early weights are soon forgotten."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.steps = 0
        self._network = network
        self._average = [parameter.detach().clone() for parameter in network.parameters()]

    @torch.no_grad()
    def update(self) -> None:
        """Take one optimiser step into the average."""
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        torch._foreach_lerp_(self._average, list(self._network.parameters()), 1 - decay)

    @torch.no_grad()
    def swap(self) -> None:
        """Exchange the network's parameters with the average; a second call puts them back."""
        for average, parameter in zip(self._average, self._network.parameters(), strict=True):
            kept = parameter.detach().clone()
            parameter.copy_(average)
            average.copy_(kept)


def learning_rate_factor(done: float, warmup: float) -> float:
    """Return the factor on the peak learning rate when a share `done` in [0, 1] of the budget is spent."""
    if done < warmup:
        return done / warmup
    return 0.5 * (1 + math.cos(math.pi * (done - warmup) / (1 - warmup)))


def optimise(
    parameters: Iterable[nn.Parameter],
    loss_of_step: Callable[[int], torch.Tensor],
    recipe: OptimiserRecipe,
    budget: Budget,
    *,
    average: MovingAverage | None = None,
    name: str = "training",
    progress: Progress = silent,
) -> TrainingResult:
    """Minimise `loss_of_step(step)` over `parameters` until the budget is spent, and return how it went.

    With a time budget the schedule follows the clock. Raises ModelError where the loss is no longer finite.
    """
    trained = [parameter for parameter in parameters if parameter.requires_grad]
    optimiser = torch.optim.AdamW(
        trained, lr=recipe.learning_rate, betas=recipe.betas, weight_decay=recipe.weight_decay
    )
    started, step, curve, recent = monotonic(), 0, [], [0.0, 0]
    every = max(1, budget.steps // CURVE_POINTS)
    while (done := _share_done(step, started, budget)) < 1:
        factor = max(learning_rate_factor(done, recipe.warmup), 1e-3)
        for group in optimiser.param_groups:
            group["lr"] = recipe.learning_rate * factor
        loss = loss_of_step(step)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(trained, recipe.clip_norm)
        optimiser.step()
        if average is not None:
            average.update()
        step += 1
        recent = [recent[0] + loss.item(), recent[1] + 1]
        if step % every == 0 or step == budget.steps:
            curve.append(_close(step, recent, name))
            recent = [0.0, 0]
        progress(name, min(int(1000 * done), 999), 1000)
    if recent[1]:
        curve.append(_close(step, recent, name))
    progress(name, 1000, 1000)
    return TrainingResult(step, round(monotonic() - started, 1), curve)


def _share_done(step: int, started: float, budget: Budget) -> float:
    by_steps = step / budget.steps
    if budget.minutes is None:
        return by_steps
    return max(by_steps, (monotonic() - started) / (60 * budget.minutes))


def _close(step: int, recent: list[float], name: str) -> LossPoint:
    mean = recent[0] / recent[1]
    if not math.isfinite(mean):
        raise ModelError(f"{name}: the loss is {mean} at step {step}; lower the learning_rate in the recipe")
    return LossPoint(step, round(mean, 5))
