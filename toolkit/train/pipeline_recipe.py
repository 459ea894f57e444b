"""What `tain train pipeline` can be told; pipelines/recipes/finetune.yaml explains each key."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from toolkit.recipe import Recipe
from toolkit.train.recipes import LoraRecipe, OptimiserRecipe, TrainingRecipe


class FineTuningRecipe(OptimiserRecipe):
    """An `OptimiserRecipe` for weights that have learned much already: small steps, few of them."""

    batch_size: int = Field(8, ge=2)
    steps: int = Field(2_000, ge=1)
    learning_rate: float = Field(1e-4, gt=0)
    betas: tuple[float, float] = (0.9, 0.999)


class DenoiserLoraRecipe(LoraRecipe):
    """Low-rank adapters on the layers of the denoiser whose names end in one of `targets`: attention by default."""

    targets: tuple[str, ...] = Field(("to_q", "to_k", "to_v", "to_out.0"), min_length=1)


class SampleRecipe(Recipe):
    """The grid of pictures that is painted every `every` steps, 0 for none: one picture a prompt, of one seed each.

    Without `prompts` they are the first held-out captions. `guidance_scale` None is the pipeline's own default.
    """

    every: int = Field(500, ge=0)
    prompts: tuple[str, ...] = ()
    num_inference_steps: int = Field(30, ge=1)
    guidance_scale: float | None = Field(None, ge=0)
    seed: int = 0


class PipelineRecipe(TrainingRecipe):
    """`tain train pipeline`: the denoiser of a diffusers pipeline, trained on; all its other parts stay as they are.

    `start` is the pipeline, a folder or a hub id. `tune` says what learns: the whole denoiser, or adapters alone, which
    `merge` also writes as a pipeline of their own. `resolution` None is the denoiser's own. `min_snr_gamma` None weighs
    all noise levels alike. `ema_decay` 0 keeps no average. Latents and texts are encoded once, into files of the output
    folder or into memory, of up to `max_encoded_gib`.
    """

    start: str | None = None
    allow_pickle: bool = False
    tune: Literal["lora", "full"] = "lora"
    lora: DenoiserLoraRecipe = DenoiserLoraRecipe()
    merge: bool = False
    resolution: int | None = Field(None, ge=8)
    fit: Literal["pad", "crop"] = "pad"
    caption_dropout: float = Field(0.1, ge=0, lt=1)
    min_snr_gamma: float | None = Field(None, gt=0)
    ema_decay: float = Field(0.999, ge=0, lt=1)
    gradient_checkpointing: bool = False
    encoded_in: Literal["files", "memory"] = "files"
    max_encoded_gib: float = Field(20.0, gt=0)
    samples: SampleRecipe = SampleRecipe()
    optimiser: FineTuningRecipe = FineTuningRecipe()
