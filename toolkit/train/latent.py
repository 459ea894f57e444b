"""Trains a latent generator: the autoencoder, then the transformer on latents and texts that are encoded once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from toolkit.models.autoencoder import AutoencoderConfig
from toolkit.models.latent import LatentModel, create_latent
from toolkit.models.text_encoder import load_text_encoder
from toolkit.models.transformer import TransformerConfig
from toolkit.progress import Progress, silent
from toolkit.train.loop import Budget, MovingAverage, TrainingResult, optimise
from toolkit.train.objectives import flow_matching, reconstruction
from toolkit.train.recipes import LatentRecipe
from toolkit.train.training_set import TrainingSet, endless_batches


class EncodedSet(NamedTuple):
    """`latents` float32 (n, channels, grid, grid); `tokens` float16 (captions, length, 384) with `mask`."""

    latents: torch.Tensor
    tokens: torch.Tensor
    mask: torch.Tensor


def create_model(recipe: LatentRecipe, side: int = 64) -> LatentModel:
    """Return the latent model that `recipe` describes, with random weights, for pictures of `side` pixels."""
    return create_latent(
        AutoencoderConfig(side, recipe.autoencoder_width, recipe.latent_channels),
        TransformerConfig(
            grid=side // 8,
            channels=recipe.latent_channels,
            width=recipe.width,
            layers=recipe.layers,
            heads=recipe.heads,
            text_tokens=recipe.text_tokens,
        ),
        seed=recipe.seed,
    )


def train_autoencoder(
    model: LatentModel, data: TrainingSet, recipe: LatentRecipe, minutes: float | None, progress: Progress = silent
) -> TrainingResult:
    """Train the autoencoder of `model` in place, then set the scale of its latents from the training pictures."""
    stream = torch.Generator().manual_seed(recipe.seed)
    batches = endless_batches(data.training, recipe.autoencoder.batch_size, recipe.seed)
    shape = (recipe.autoencoder.batch_size, recipe.latent_channels, model.transformer.config.grid)

    def loss_of_step(step: int) -> torch.Tensor:
        noise = torch.randn((*shape, shape[-1]), generator=stream)
        return reconstruction(model.autoencoder, to_unit(data.pictures[next(batches)]), noise, recipe.kl_weight)

    model.train()
    budget = Budget(recipe.autoencoder.steps, minutes)
    parameters = model.autoencoder.parameters()
    result = optimise(parameters, loss_of_step, recipe.autoencoder, budget, name="autoencoder", progress=progress)
    model.eval()
    means = encode_pictures(model, data.pictures[data.training[:4096]])
    model.latent_mean.copy_(means.mean((0, 2, 3), keepdim=True))
    model.latent_deviation.copy_(means.std((0, 2, 3), keepdim=True))
    return result


def encode_set(model: LatentModel, data: TrainingSet, progress: Progress = silent) -> EncodedSet:
    """Return every picture and every distinct caption of `data` as the transformer needs them."""
    latents = encode_pictures(model, data.pictures, progress)
    encoded = load_text_encoder().encode(data.captions, length=model.transformer.config.text_tokens)
    return EncodedSet(latents, torch.from_numpy(encoded.tokens).half(), torch.from_numpy(encoded.mask))


def encode_pictures(model: LatentModel, pictures: NDArray[np.uint8], progress: Progress = silent) -> torch.Tensor:
    """Return the scaled latents of uint8 `pictures` (n, 3, side, side)."""
    parts = []
    for start in range(0, len(pictures), 256):
        parts.append(model.encode(to_unit(pictures[start : start + 256])))
        progress("encoding pictures", min(start + 256, len(pictures)), len(pictures))
    return torch.cat(parts)


def train_transformer(
    model: LatentModel,
    data: TrainingSet,
    encoded: EncodedSet,
    recipe: LatentRecipe,
    minutes: float | None,
    progress: Progress = silent,
) -> TrainingResult:
    """Train the transformer of `model` in place; it ends with the moving average of its weights."""
    stream = torch.Generator().manual_seed(recipe.seed + 1)
    batches = endless_batches(data.training, recipe.transformer.batch_size, recipe.seed + 1)
    average = MovingAverage(model.transformer, recipe.ema_decay)

    def loss_of_step(step: int) -> torch.Tensor:
        chosen = next(batches)
        texts = torch.from_numpy(data.caption_index[chosen])
        return flow_matching(
            model.transformer,
            encoded.latents[torch.from_numpy(chosen)],
            encoded.tokens[texts].float(),
            encoded.mask[texts],
            caption_dropout=recipe.caption_dropout,
            stream=stream,
        )

    model.train()
    budget = Budget(recipe.transformer.steps, minutes)
    result = optimise(
        model.transformer.parameters(), loss_of_step, recipe.transformer, budget,
        average=average, name="transformer", progress=progress,
    )  # fmt: skip
    average.swap()
    model.eval()
    return result


@torch.no_grad()
def reconstruction_psnr(model: LatentModel, pictures: NDArray[np.uint8]) -> float:
    """Return the mean peak signal-to-noise ratio, in dB, of uint8 `pictures` after the autoencoder."""
    ratios = []
    for start in range(0, len(pictures), 256):
        truth = to_unit(pictures[start : start + 256])
        mean, _ = model.autoencoder.encode(truth)
        error = F.mse_loss(model.autoencoder.decode(mean).clamp(-1, 1), truth, reduction="none").mean((1, 2, 3))
        ratios.append(10 * torch.log10(4 / error.clamp(min=1e-8)))
    return float(torch.cat(ratios).mean())


@torch.no_grad()
def flow_loss(model: LatentModel, data: TrainingSet, encoded: EncodedSet, indices: NDArray[np.int64]) -> float:
    """Return the mean flow-matching loss on the pairs at `indices`, at times and noises that do not change."""
    stream = torch.Generator().manual_seed(0)
    losses = []
    for start in range(0, len(indices), 256):
        chosen = indices[start : start + 256]
        texts = torch.from_numpy(data.caption_index[chosen])
        loss = flow_matching(
            model.transformer,
            encoded.latents[torch.from_numpy(chosen)],
            encoded.tokens[texts].float(),
            encoded.mask[texts],
            caption_dropout=0.0,
            stream=stream,
        )
        losses.append((float(loss), len(chosen)))
    return sum(loss * count for loss, count in losses) / sum(count for _, count in losses)


def to_unit(pictures: NDArray[np.uint8]) -> torch.Tensor:
    """Return uint8 pictures as float32 in [-1, 1]."""
    return torch.from_numpy(np.ascontiguousarray(pictures)).float() / 127.5 - 1
