"""Trains a latent generator: the autoencoder, then the transformer on latents and texts that are encoded once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import nn

from toolkit.models.autoencoder import AutoencoderConfig
from toolkit.models.latent import LatentModel, create_latent
from toolkit.models.text_encoder import load_text_encoder
from toolkit.models.transformer import Transformer, TransformerConfig
from toolkit.progress import Progress, silent
from toolkit.train.batches import Batches
from toolkit.train.draw import Draw
from toolkit.train.loop import Budget, TrainingResult, optimise
from toolkit.train.moving_average import MovingAverage
from toolkit.train.objectives import flow_matching, reconstruction
from toolkit.train.recipes import LatentRecipe
from toolkit.train.trainer import Trainer
from toolkit.train.training_set import TrainingSet


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


class ReconstructionObjective(nn.Module):
    """What the autoencoder is trained on: `reconstruction` of the pictures chosen."""

    def __init__(self, model: LatentModel, pictures: NDArray[np.uint8], kl_weight: float) -> None:
        super().__init__()
        self.autoencoder, self.kl_weight = model.autoencoder, kl_weight
        self._pictures = pictures
        self._shape = model.transformer.config.channels, *(2 * (model.transformer.config.grid,))

    def forward(self, chosen: torch.Tensor, draw: Draw) -> torch.Tensor:
        noise = draw.normal(*self._shape)
        pictures = to_unit(self._pictures[chosen.numpy()]).to(noise.device)
        return reconstruction(self.autoencoder, pictures, noise, self.kl_weight)


class FlowObjective(nn.Module):
    """What the transformer is trained on: `flow_matching` of the latents and texts chosen."""

    def __init__(
        self, transformer: Transformer, data: TrainingSet, encoded: EncodedSet, caption_dropout: float
    ) -> None:
        super().__init__()
        self.transformer, self.caption_dropout = transformer, caption_dropout
        self._caption_index, self._encoded = torch.from_numpy(data.caption_index), encoded

    def forward(self, chosen: torch.Tensor, draw: Draw) -> torch.Tensor:
        texts, device = self._caption_index[chosen], self.transformer.position.device
        return flow_matching(
            self.transformer,
            self._encoded.latents[chosen].to(device),
            self._encoded.tokens[texts].to(device).float(),
            self._encoded.mask[texts].to(device),
            caption_dropout=self.caption_dropout,
            draw=draw,
        )


def train_autoencoder(
    model: LatentModel, data: TrainingSet, recipe: LatentRecipe, minutes: float | None, trainer: Trainer
) -> TrainingResult:
    """Train the autoencoder of `model` in place, then set the scale of its latents from the training pictures."""
    objective = ReconstructionObjective(model, data.pictures, recipe.kl_weight).train()
    batches = Batches(data.training, recipe.autoencoder.batch_size, recipe.seed)
    budget = Budget(recipe.autoencoder.steps, minutes)
    result = optimise(objective, batches, recipe.autoencoder, budget, trainer, part="autoencoder")
    model.eval().cpu()
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
    trainer: Trainer,
) -> TrainingResult:
    """Train the transformer of `model` in place; it ends with the moving average of its weights."""
    objective = FlowObjective(model.transformer, data, encoded, recipe.caption_dropout).train()
    average = MovingAverage(model.transformer, recipe.ema_decay)
    batches = Batches(data.training, recipe.transformer.batch_size, recipe.seed + 1)
    budget = Budget(recipe.transformer.steps, minutes)
    result = optimise(objective, batches, recipe.transformer, budget, trainer, part="transformer", average=average)
    average.swap()
    model.eval().cpu()
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
    objective, total = FlowObjective(model.transformer, data, encoded, caption_dropout=0.0), 0.0
    for start in range(0, len(indices), 256):
        chosen = torch.from_numpy(indices[start : start + 256])
        draw = Draw(0, "figure", start, slice(0, len(chosen)), len(chosen), torch.device("cpu"))
        total += float(objective(chosen, draw)) * len(chosen)
    return total / len(indices)


def to_unit(pictures: NDArray[np.uint8]) -> torch.Tensor:
    """Return uint8 pictures as float32 in [-1, 1]."""
    return torch.from_numpy(np.ascontiguousarray(pictures)).float() / 127.5 - 1
