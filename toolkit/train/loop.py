"""One training loop for every network: a budget, a schedule, gradient clipping, a moving average, a loss curve."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from toolkit.errors import ModelError
from toolkit.train.batches import Batches
from toolkit.train.checkpoints import Checkpoints
from toolkit.train.draw import Draw, step_seed
from toolkit.train.log import Log, open_log
from toolkit.train.moving_average import MovingAverage
from toolkit.train.muon import create_optimiser
from toolkit.train.recipes import OptimiserRecipe
from toolkit.train.trainer import Trainer

if TYPE_CHECKING:
    from accelerate import Accelerator

CURVE_POINTS = 200


class Budget(NamedTuple):
    """Training ends after `steps`, or after `minutes` where they are given and end sooner."""

    steps: int
    minutes: float | None = None


class LossPoint(NamedTuple):
    """The mean `loss` over the steps since the point before, ending at `step`."""

    step: int
    loss: float


class Watched(NamedTuple):
    """The `figures` of a network after `step` steps, by name."""

    step: int
    figures: dict[str, float]


class Watch(NamedTuple):
    """What is measured of a network while it is trained: `figures()` after every `every` steps, and `pictures(step)`,
    uint8 (height, width, 3) each, for TensorBoard alone."""

    every: int
    figures: Callable[[], dict[str, float]]
    pictures: Callable[[int], dict[str, NDArray[np.uint8]]] | None = None


class TrainingResult(NamedTuple):
    """Steps taken, seconds they took, the loss curve, and what was measured on the way."""

    steps: int
    seconds: float
    curve: list[LossPoint]
    watched: Sequence[Watched] = ()


class _State:
    """How far a training is: what a checkpoint keeps beside weights, optimiser and moving average."""

    def __init__(self) -> None:
        self.step, self.seconds, self.lost, self.counted = 0, 0.0, 0.0, 0
        self.curve: list[LossPoint] = []
        self.watched: list[Watched] = []

    def state_dict(self) -> dict[str, Any]:
        return vars(self) | {name: [tuple(one) for one in getattr(self, name)] for name in ("curve", "watched")}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        curve, watched = [LossPoint(*one) for one in state["curve"]], [Watched(*one) for one in state["watched"]]
        vars(self).update(state | {"curve": curve, "watched": watched})

    def share_done(self, budget: Budget) -> float:
        by_steps = self.step / budget.steps
        return by_steps if budget.minutes is None else max(by_steps, self.seconds / (60 * budget.minutes))

    def count(self, loss: float, every: int) -> None:
        self.step += 1
        self.lost, self.counted = self.lost + loss, self.counted + 1
        if self.step % every == 0:
            self.close()

    def close(self) -> None:
        if self.counted:
            self.curve.append(LossPoint(self.step, round(self.lost / self.counted, 5)))
            self.lost, self.counted = 0.0, 0


def learning_rate_factor(done: float, warmup: float) -> float:
    """Return the factor on the peak learning rate when a share `done` in [0, 1] of the budget is spent."""
    if done < warmup:
        return done / warmup
    return 0.5 * (1 + math.cos(math.pi * (done - warmup) / (1 - warmup)))


def optimise(
    objective: nn.Module,
    batches: Batches,
    recipe: OptimiserRecipe,
    budget: Budget,
    trainer: Trainer,
    *,
    part: str,
    average: MovingAverage | None = None,
    watch: Watch | None = None,
) -> TrainingResult:
    """Make `objective(chosen, draw)` small until the budget is spent, and return how it went.

    `chosen` int64 (n,) are the pairs of a step that this process works on, `draw` their random numbers (`Draw`); the
    objective holds the networks, and all of its parameters that require a gradient are trained. It goes on from the
    newest checkpoint of `part` in the folder of `trainer`; batches, noise, schedule, optimiser and average are then
    those of a training that was never interrupted. With a time budget the schedule follows the clock, which stands
    still while `watch` measures.
    Raises ModelError where the loss or its gradient is no longer finite: the last checkpoint is kept.
    """
    accelerator = trainer.accelerator(recipe.accumulation)
    _check_shares(recipe, accelerator.num_processes)
    trained = [parameter for parameter in objective.parameters() if parameter.requires_grad]
    prepared, optimiser = accelerator.prepare(objective, create_optimiser(objective, recipe))
    state = _State()
    accelerator.register_for_checkpointing(state, *([] if average is None else [average]))
    checkpoints = None if trainer.folder is None else Checkpoints(trainer.folder / part)
    if checkpoints is not None:
        if accelerator.is_main_process:
            checkpoints.prepare(objective)
        accelerator.wait_for_everyone()
        checkpoints.restore(accelerator)
    loop = _Loop(accelerator, prepared, optimiser, trained, batches, recipe, trainer.seed, part)
    shown = trainer.tensorboard if accelerator.is_main_process else None
    with _own_random_state(), open_log(shown, part, state.step) as log:
        _run(loop, state, budget, trainer, checkpoints, average, watch, log)
    trainer.progress(part, 1000, 1000)
    accelerator.free_memory()
    return TrainingResult(state.step, round(state.seconds, 1), state.curve, state.watched)


class _Loop(NamedTuple):
    """One optimiser step after another: what they all need."""

    accelerator: Accelerator
    objective: nn.Module
    optimiser: Any
    trained: list[nn.Parameter]
    batches: Batches
    recipe: OptimiserRecipe
    seed: int
    part: str

    def step(self, number: int, factor: float) -> float:
        """Take optimiser step `number` with the peak learning rate times `factor`; return its loss over all processes.

        Raises ModelError before a loss or a gradient that is not finite can reach the weights.
        """
        torch.manual_seed(step_seed(self.seed, self.part, number))
        for group in self.optimiser.param_groups:
            group["lr"] = self.recipe.learning_rate * factor
        whole = torch.from_numpy(self.batches.at(number))
        lost = torch.zeros((), device=self.accelerator.device)
        for rows in _shares(self.recipe, self.accelerator):
            draw = Draw(self.seed, self.part, number, rows, self.recipe.batch_size, self.accelerator.device)
            with self.accelerator.accumulate(self.objective), self.accelerator.autocast():
                loss = self.objective(whole[rows], draw)
                self.accelerator.backward(loss)
                lost += loss.detach().float() / self.recipe.accumulation
        mean = float(self.accelerator.reduce(lost, "mean"))
        self._check(mean, "loss", number)
        norm = self.accelerator.clip_grad_norm_(self.trained, self.recipe.clip_norm)
        if self.accelerator.scaler is None:  # with a scaler, steps of too large a gradient are left out
            self._check(float(norm), "gradient's norm", number)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        return mean

    def _check(self, value: float, what: str, number: int) -> None:
        if not math.isfinite(value):
            raise ModelError(
                f"{self.part}: the {what} is {value} at step {number}; lower optimiser.learning_rate in the recipe and "
                "go on from the last checkpoint with --resume"
            )


def _run(
    loop: _Loop,
    state: _State,
    budget: Budget,
    trainer: Trainer,
    checkpoints: Checkpoints | None,
    average: MovingAverage | None,
    watch: Watch | None,
    log: Log,
) -> None:
    every, saved = max(1, budget.steps // CURVE_POINTS), state.seconds
    while (done := state.share_done(budget)) < 1:
        before, started = state.seconds, monotonic()
        factor = max(learning_rate_factor(done, loop.recipe.warmup), 1e-3)
        loss = loop.step(state.step, factor)
        if average is not None:
            average.update()
        state.count(loss, every)
        state.seconds = before + _agreed(monotonic() - started, loop.accelerator)
        log.figure("loss", loss, state.step)
        log.figure("learning rate", loop.recipe.learning_rate * factor, state.step)
        if watch is not None and state.step % watch.every == 0:
            _measure(loop, state, watch, log)
        if checkpoints is not None and state.seconds - saved >= 60 * trainer.checkpoint_minutes:
            checkpoints.save(loop.accelerator, state.step)
            saved = state.seconds
        trainer.progress(loop.part, min(int(1000 * done), 999), 1000)
    state.close()
    if checkpoints is not None:
        checkpoints.save(loop.accelerator, state.step)


def _measure(loop: _Loop, state: _State, watch: Watch, log: Log) -> None:
    """Note what `watch` measures with dropout and the like switched off; of several processes the first one does."""
    if loop.accelerator.is_main_process:
        loop.objective.eval()
        state.watched.append(Watched(state.step, watch.figures()))
        pictures = {} if watch.pictures is None else watch.pictures(state.step)
        loop.objective.train()
        for name, value in state.watched[-1].figures.items():
            log.figure(name, value, state.step)
        for name, pixels in pictures.items():
            log.picture(name, pixels, state.step)
    loop.accelerator.wait_for_everyone()


def _check_shares(recipe: OptimiserRecipe, processes: int) -> None:
    parts = processes * recipe.accumulation
    if recipe.batch_size % parts:
        raise ModelError(
            f"batch_size {recipe.batch_size} cannot be shared out evenly to {processes} processes x accumulation "
            f"{recipe.accumulation}; choose a multiple of {parts}"
        )


def _shares(recipe: OptimiserRecipe, accelerator: Accelerator) -> Iterator[slice]:
    """Yield the rows of a batch that this process takes, one micro-batch after another."""
    size = recipe.batch_size // (accelerator.num_processes * recipe.accumulation)
    for micro in range(recipe.accumulation):
        start = (micro * accelerator.num_processes + accelerator.process_index) * size
        yield slice(start, start + size)


def _agreed(seconds: float, accelerator: Accelerator) -> float:
    """Return the clock of the first process, so that all end and save at the same step."""
    if accelerator.num_processes == 1:
        return seconds
    from accelerate.utils import broadcast

    return float(broadcast(torch.tensor(seconds, device=accelerator.device)))


@contextmanager
def _own_random_state() -> Iterator[None]:
    """Leave the caller's global random state as it was: steps seed it, for the sake of dropout."""
    with torch.random.fork_rng():
        yield
