"""Trains the denoiser of a diffusers pipeline on curated pairs: the whole of it, or low-rank adapters."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import nn

from toolkit.models.saved_pipeline import save_pipeline
from toolkit.store import RunFolder
from toolkit.train.batches import Batches
from toolkit.train.begun import check_same_start
from toolkit.train.card import TrainingRecord
from toolkit.train.denoiser_adapters import add_adapters, merge_adapters, save_adapters
from toolkit.train.encoded import EncodedPairs, Unencoded, count_cut, encode_pairs
from toolkit.train.loop import Budget, Watch, optimise
from toolkit.train.moving_average import MovingAverage
from toolkit.train.pipeline_objective import DenoisingObjective
from toolkit.train.pipeline_recipe import PipelineRecipe
from toolkit.train.pipeline_start import Opened, open_start
from toolkit.train.pipeline_watch import PipelineWatch
from toolkit.train.sample_grid import SampleGrid
from toolkit.train.trainer import Trainer
from toolkit.train.training_set import TrainingPairs, load_training_pairs

if TYPE_CHECKING:
    from accelerate import Accelerator

PART = "denoiser"
MERGED = "merged"
_PROMPTS = 8  # captions that are painted where the recipe names none


def train_pipeline(
    runs: list[RunFolder], folder: Path, recipe: PipelineRecipe, minutes: float | None, command: str, trainer: Trainer
) -> TrainingRecord:
    """Train the pipeline `recipe.start` on the kept pairs of `runs`, write the result to `folder`, and say how it went.

    Raises ModelError, before anything is encoded, where the pipeline cannot be trained on.
    """
    opened = open_start(recipe)
    pairs = load_training_pairs(
        runs, held_out_share=recipe.held_out_share, seed=recipe.seed, held_out_sources=recipe.held_out_sources
    )
    if recipe.tune == "full":
        opened.denoiser.requires_grad_(requires_grad=True)
    else:
        add_adapters(opened.denoiser, recipe.lora, recipe.seed)
    accelerator = trainer.accelerator()
    if trainer.folder is not None and accelerator.is_main_process:
        check_same_start(opened.start, trainer.folder)
    encoded = encode_pairs(
        Unencoded(runs, pairs, opened.side, recipe.fit),
        opened.space,
        opened.family,
        recipe,
        None if trainer.folder is None else trainer.folder / "encoded",
        accelerator,
        trainer.progress,
    )
    objective = _objective(opened, encoded, pairs, recipe).to(accelerator.device).train()
    average = None
    if recipe.ema_decay:
        learns = nn.ParameterList(one for one in objective.parameters() if one.requires_grad)
        average = MovingAverage(learns, recipe.ema_decay)
    grid = _grid(opened, pairs, recipe, accelerator) if accelerator.is_main_process else None
    watch = PipelineWatch(objective, pairs, average, grid, folder / "samples", accelerator.device)
    before = {f"before training: {name}": value for name, value in watch.figures().items()}
    watch.pictures(0)
    result = optimise(
        objective,
        Batches(pairs.training, recipe.optimiser.batch_size, recipe.seed),
        recipe.optimiser,
        Budget(recipe.optimiser.steps, minutes),
        trainer,
        part=PART,
        average=average,
        watch=Watch(recipe.samples.every, watch.figures, watch.pictures) if recipe.samples.every else None,
    )
    figures: dict[str, Any] = watch.figures() | before
    watch.pictures(result.steps)
    figures[f"captions cut at {opened.family.token_limit} tokens"] = count_cut(opened.family, pairs.captions)
    if average is not None:
        average.swap()
    objective.cpu()
    use = _save(opened, folder, recipe) if accelerator.is_main_process else ""
    return TrainingRecord("pipeline", command, runs, pairs, recipe, {PART: result}, figures, opened.start, use)


def _objective(
    opened: Opened, encoded: EncodedPairs, pairs: TrainingPairs, recipe: PipelineRecipe
) -> DenoisingObjective:
    if recipe.gradient_checkpointing:
        opened.denoiser.enable_gradient_checkpointing()
    return DenoisingObjective(
        opened.denoiser,
        opened.family,
        encoded,
        pairs.caption_index,
        opened.schedule,
        caption_dropout=recipe.caption_dropout,
        min_snr_gamma=recipe.min_snr_gamma,
    )


def _grid(opened: Opened, pairs: TrainingPairs, recipe: PipelineRecipe, accelerator: Accelerator) -> SampleGrid | None:
    """Return what paints the recipe's prompts, else held-out captions, else any; None where none is painted."""
    if not recipe.samples.every:
        return None
    unseen = np.unique(pairs.caption_index[pairs.held_out | pairs.set_aside]).tolist()
    captions = [pairs.captions[index] for index in unseen] or pairs.captions
    prompts = list(recipe.samples.prompts) or captions[:_PROMPTS]
    return SampleGrid(opened.pipeline, opened.family, opened.space, prompts, opened.side, recipe.samples, accelerator)


def _save(opened: Opened, folder: Path, recipe: PipelineRecipe) -> str:
    """Write the pipeline with the denoiser as it is now, or its adapters and, where it is wanted, them merged; return
    how the result is loaded, in Markdown."""
    if recipe.tune == "full":
        save_pipeline(opened.pipeline, folder)
        return "It is a diffusers pipeline: `DiffusionPipeline.from_pretrained(FOLDER)`."
    load = save_adapters(opened.pipeline, opened.family.denoiser, folder)
    use = f"It holds adapters for `{opened.start.name}`: `{load}` puts them into that pipeline."
    if not recipe.merge:
        return use
    merge_adapters(opened.denoiser)
    save_pipeline(opened.pipeline, folder / MERGED)
    return f"{use} Merged, it is the pipeline in `{MERGED}`."
