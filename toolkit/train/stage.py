"""The training stage: curated runs in, a model folder out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal

from toolkit.errors import ModelError, TainError
from toolkit.progress import Progress, silent
from toolkit.recipe import load_recipe
from toolkit.store import RunFolder, open_run, write_atomically
from toolkit.train.begun import CHECKPOINTS, RECORD, Begun, abandon, begin, finish, is_finished
from toolkit.train.card import TrainingRecord, card, record_json
from toolkit.train.log import check_tensorboard
from toolkit.train.pipeline_recipe import PipelineRecipe
from toolkit.train.recipes import (
    ClipRecipe,
    GeneratorRecipe,
    LatentRecipe,
    PixelRecipe,
    TokensRecipe,
    TrainingRecipe,
)
from toolkit.train.trainer import Device, Trainer
from toolkit.train.training_set import TrainingSet, load_training_set

Kind = Literal["clip", "latent", "pixel", "tokens", "pipeline"]


def train(
    kind: Kind,
    data: str | Path | RunFolder | Sequence[str | Path | RunFolder],
    out: str | Path,
    *,
    recipe: Mapping[str, Any] | str | Path | None = None,
    minutes: float | None = None,
    device: Device = "auto",
    resume: bool = False,
    tensorboard: str | Path | None = None,
    command: str = "toolkit.train",
    progress: Progress = silent,
) -> Path:
    """Train a network on the kept pairs of one curated run or several, and return its folder `out`.

    The folder holds config.json and model.safetensors (fp16), or what diffusers loads, training.json (loss curves) and
    README.md (the card); while training goes on it holds checkpoints, and `resume` goes on from the last. Under
    torchrun all processes share the work. Raises ModelError where `out` is in the way or cannot be written,
    RecipeError and RunError for bad input.
    """
    if kind not in RECIPES:
        raise ModelError(f"no network is called {kind!r}; expected {', '.join(RECIPES)}")
    if tensorboard is not None:
        check_tensorboard()
    given = [data] if isinstance(data, str | Path | RunFolder) else list(data)
    runs = [one if isinstance(one, RunFolder) else open_run(one, needs=["decisions"]) for one in given]
    checked = load_recipe(RECIPES[kind], recipe)
    begun = Begun(kind, checked.model_dump(mode="json"), [run.content_hash() for run in runs])
    folder = Path(out)
    trainer = Trainer(
        seed=checked.seed,
        folder=folder / CHECKPOINTS,
        device=device,
        precision=checked.precision,
        checkpoint_minutes=checked.checkpoint_minutes,
        tensorboard=None if tensorboard is None else Path(tensorboard),
        progress=progress,
    )
    accelerator = trainer.accelerator()
    if accelerator.is_main_process:
        begin(folder, begun, resume=resume)
    accelerator.wait_for_everyone()
    if is_finished(folder):
        return folder
    try:
        record = _TRAIN[kind](runs, folder, checked, minutes, command, trainer)
    except TainError:
        if accelerator.is_main_process:
            abandon(folder)
        raise
    if accelerator.is_main_process:
        write_atomically(folder / "README.md", card(record).encode())
        write_atomically(folder / RECORD, json.dumps(record_json(record), indent=1).encode() + b"\n")
        finish(folder)
    accelerator.wait_for_everyone()
    accelerator.end_training()
    return folder


def _train_clip(
    runs: list[RunFolder], folder: Path, recipe: ClipRecipe, minutes: float | None, command: str, trainer: Trainer
) -> TrainingRecord:
    from toolkit.models.export_open_clip import save_open_clip
    from toolkit.models.pairing import FAMILY
    from toolkit.train.clip import begin_pairing, train_clip
    from toolkit.train.pairing_figures import named, pairing_figures, retrieval

    untrained = begin_pairing(recipe)
    data = _load(runs, untrained.image_size, recipe, trainer, recipe.zero_shot)
    before = {f"before training: {name}": value for name, value in pairing_figures(untrained, data).items()}
    network, result = train_clip(data, recipe, minutes, trainer)
    if network.config.get("family") == FAMILY:
        network.save(folder)
    else:
        save_open_clip(network, folder)
    figures: dict[str, Any] = dict(pairing_figures(network, data))
    figures |= named("training pairs", retrieval(network, data, data.training)) | before
    return TrainingRecord("clip", command, runs, data, recipe, {"pairing": result}, figures)


def _train_generator(
    kind: str,
    runs: list[RunFolder],
    folder: Path,
    recipe: GeneratorRecipe,
    minutes: float | None,
    command: str,
    trainer: Trainer,
) -> TrainingRecord:
    from toolkit.train.families import train_family

    data = _load(runs, recipe.image_size, recipe, trainer)
    trained = train_family(data, recipe, minutes, trainer)
    if trainer.accelerator().is_main_process:
        trained.save(folder)
    return TrainingRecord(kind, command, runs, data, recipe, trained.parts, trained.figures, trained.start)


def _train_pipeline(*given: Any) -> TrainingRecord:
    from toolkit.train.pipeline import train_pipeline

    return train_pipeline(*given)


RECIPES: dict[str, type[TrainingRecipe]] = {
    "clip": ClipRecipe,
    "latent": LatentRecipe,
    "pixel": PixelRecipe,
    "tokens": TokensRecipe,
    "pipeline": PipelineRecipe,
}
_TRAIN: dict[str, Callable[..., TrainingRecord]] = {
    "clip": _train_clip,
    **{kind: partial(_train_generator, kind) for kind in ("latent", "pixel", "tokens")},
    "pipeline": _train_pipeline,
}


def _load(
    runs: list[RunFolder], side: int, recipe: TrainingRecipe, trainer: Trainer, label_column: str | None = None
) -> TrainingSet:
    return load_training_set(
        runs,
        side,
        held_out_share=recipe.held_out_share,
        seed=recipe.seed,
        held_out_sources=recipe.held_out_sources,
        label_column=label_column,
        progress=trainer.progress,
    )
