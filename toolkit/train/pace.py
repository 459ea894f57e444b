"""How much computing a step of a training takes, so that trainings of different kinds can be given the same amount."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from statistics import median
from time import perf_counter, process_time
from typing import NamedTuple, TypeVar

import numpy as np
from pydantic import BaseModel

from toolkit.train.families import train_family
from toolkit.train.recipes import GeneratorRecipe, LatentRecipe, TokensRecipe
from toolkit.train.trainer import Device, Trainer
from toolkit.train.training_set import TrainingSet

STEPS = 5
_PICTURES = 64
R = TypeVar("R", bound=BaseModel)


class Part(NamedTuple):
    """One part of a training: the keys of its `OptimiserRecipe`, and its share of a budget."""

    keys: tuple[str, ...]
    share: float


def parts_of(recipe: GeneratorRecipe) -> dict[str, Part]:
    """Return the parts of the training that `recipe` describes, by name, in order."""
    first: tuple[str, ...]
    second: tuple[str, ...]
    match recipe:
        case LatentRecipe(prediction="flow"):
            first, second, share = ("autoencoder",), ("transformer",), recipe.autoencoder_share
        case LatentRecipe():
            first, second, share = ("diffusers", "autoencoder"), ("diffusers", "unet"), recipe.autoencoder_share
        case TokensRecipe():
            first, second, share = ("tokenizer",), ("gpt",), recipe.tokenizer_share
        case _:
            return {"transformer": Part(("transformer",), 1.0)}
    return {first[-1]: Part(first, share), second[-1]: Part(second, 1 - share)}


def batch_size_of(recipe: GeneratorRecipe, part: str) -> int:
    """Return the pictures in a step of `part`."""
    found: BaseModel = recipe
    for key in parts_of(recipe)[part].keys:
        found = getattr(found, key)
    return int(found.batch_size)  # type: ignore[attr-defined]


def with_steps(recipe: GeneratorRecipe, steps: Mapping[str, int]) -> GeneratorRecipe:
    """Return `recipe` with so many `steps` a part."""
    for name, count in steps.items():
        recipe = _with(recipe, parts_of(recipe)[name].keys, count)
    return recipe


def seconds_per_step(recipe: GeneratorRecipe, device: Device, steps: int = STEPS) -> dict[str, float]:
    """Return how long a step of each part of `recipe` takes on this machine: the median of `steps`.

    On a CPU these are seconds of all cores of this process, whatever else the machine does; on a GPU, seconds of the
    clock. Trains on noise, since what a picture shows makes no step longer, and keeps nothing.
    """
    marks: dict[str, list[float]] = {name: [] for name in parts_of(recipe)}
    trainer = Trainer(recipe.seed, device=device, precision=recipe.precision)
    clock: Callable[[], float] = process_time if trainer.torch_device.type == "cpu" else perf_counter

    def mark(step: str, done: int, total: int) -> None:
        if step in marks and done < total:  # once after each step, and once more in the end
            marks[step].append(clock())

    marked = replace(trainer, progress=mark)
    train_family(_noise(recipe.image_size), with_steps(recipe, dict.fromkeys(marks, steps + 1)), None, marked)
    return {name: max(median(np.diff(times)), 1e-6) for name, times in marks.items()}


def _with(recipe: R, keys: tuple[str, ...], steps: int) -> R:
    if not keys:
        return recipe.model_copy(update={"steps": steps})
    return recipe.model_copy(update={keys[0]: _with(getattr(recipe, keys[0]), keys[1:], steps)})


def _noise(side: int) -> TrainingSet:
    pictures = np.random.default_rng(0).integers(0, 256, (_PICTURES, 3, side, side), dtype=np.uint8)
    nothing = np.zeros(_PICTURES, np.bool_)
    captions = np.zeros(_PICTURES, np.int64)
    labels: list[str | None] = [None] * _PICTURES
    return TrainingSet(pictures, ["noise"], captions, nothing, nothing, ["noise"] * _PICTURES, labels, captions)
