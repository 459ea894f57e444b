"""Trains a latent generator that predicts the noise or v, made of diffusers' classes, which load its folder."""

from __future__ import annotations

from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from toolkit.models.diffusion import DiffusionConfig, DiffusionModel, Prediction, create_diffusion
from toolkit.models.picture_range import to_unit
from toolkit.train.batches import Batches
from toolkit.train.draw import Draw
from toolkit.train.encoding import encode_pictures, reconstruction_psnr
from toolkit.train.loop import Budget, TrainingResult, optimise
from toolkit.train.objectives import denoising, unlikeness
from toolkit.train.painters import PainterTask, Trained, mean_loss, measured_sets, shared_out, train_painter
from toolkit.train.recipes import LatentRecipe
from toolkit.train.texts import EncodedTexts, encode_texts
from toolkit.train.trainer import Trainer
from toolkit.train.training_set import TrainingSet

NOISE = 0.1  # of the latents while the autoencoder learns: what a network paints there is never quite right


def train_diffusion(data: TrainingSet, recipe: LatentRecipe, minutes: float | None, trainer: Trainer) -> Trained:
    """Return a generator trained on the training part of `data`, its two parts one after the other."""
    model, device = create_model(recipe), trainer.torch_device
    first, second = shared_out(minutes, recipe.autoencoder_share)
    parts = {"autoencoder": train_autoencoder(model, data, recipe, first, trainer)}
    model.to(device)
    latents = encode_pictures(model.encode, data.pictures, device, trainer.progress)
    texts = encode_texts([*data.captions, ""], recipe.text_tokens)
    measured = DenoisingObjective(model, recipe, data, latents, texts, caption_dropout=0.0)
    objective = DenoisingObjective(model, recipe, data, latents, texts, caption_dropout=recipe.caption_dropout)
    task = PainterTask("unet", model.unet, objective, measured, recipe)
    parts["unet"] = train_painter(task, data, recipe.diffusers.unet, second, trainer)
    model.to(device)
    figures = {}
    for name, indices in measured_sets(data).items():
        psnr = reconstruction_psnr(model.reconstruct, data.pictures[indices], device)
        figures[f"autoencoder PSNR in dB, {name}"] = round(psnr, 2)
        figures[f"weighted {recipe.prediction} loss, {name}"] = round(mean_loss(measured, indices, device), 4)
    model.eval().cpu()
    return Trained(model.save, parts, figures)


def create_model(recipe: LatentRecipe) -> DiffusionModel:
    """Return the model that `recipe` describes, with random weights."""
    asked = recipe.diffusers
    config = DiffusionConfig(
        prediction=cast(Prediction, recipe.prediction),
        image_size=recipe.image_size,
        text_tokens=recipe.text_tokens,
        latent_channels=asked.latent_channels,
        autoencoder_width=asked.autoencoder_width,
        autoencoder_blocks=asked.autoencoder_blocks,
        channels=asked.channels,
        layers=asked.layers,
        heads=asked.heads,
    )
    return create_diffusion(config, seed=recipe.seed)


class TinyReconstructionObjective(nn.Module):
    """What the autoencoder is trained on: the `unlikeness` of the pictures chosen to what slightly noisy latents keep
    of them, and `weight` x half the mean square of the latents, which keeps their scale from running away."""

    def __init__(self, model: DiffusionModel, pictures: NDArray[np.uint8], weight: float) -> None:
        super().__init__()
        self.autoencoder, self._weight = model.autoencoder, weight
        self._pictures, self._shape = pictures, model.latent_shape

    def forward(self, chosen: torch.Tensor, draw: Draw) -> torch.Tensor:
        noise = NOISE * draw.normal(*self._shape)
        pictures = to_unit(self._pictures[chosen.numpy()]).to(noise.device)
        latents = self.autoencoder.encode(pictures).latents
        decoded: torch.Tensor = self.autoencoder.decode(latents + noise).sample
        excess: torch.Tensor = 0.5 * latents.square().mean()
        return unlikeness(decoded, pictures) + self._weight * excess


class DenoisingObjective(nn.Module):
    """What the UNet is trained on: `denoising` of the latents and texts chosen.

    A share `caption_dropout` of the texts is the empty one, the last of `texts`: what a pipeline sends in place of a
    negative prompt.
    """

    def __init__(
        self,
        model: DiffusionModel,
        recipe: LatentRecipe,
        data: TrainingSet,
        latents: torch.Tensor,
        texts: EncodedTexts,
        *,
        caption_dropout: float,
    ) -> None:
        super().__init__()
        self.unet, self._prediction = model.unet, model.config.prediction
        self._gamma, self._caption_dropout = recipe.diffusers.snr_gamma, caption_dropout
        self._latents, self._texts, self._empty = latents, texts, len(texts.tokens) - 1
        self._caption_index = torch.from_numpy(data.caption_index)
        self._kept: torch.Tensor = model.scheduler.alphas_cumprod

    def forward(self, chosen: torch.Tensor, draw: Draw) -> torch.Tensor:
        dropped = draw.uniform() < self._caption_dropout
        captions = torch.where(dropped.cpu(), self._empty, self._caption_index[chosen])
        device = dropped.device
        tokens, _ = self._texts.at(captions, device)
        return denoising(
            self.unet,
            self._latents[chosen].to(device),
            tokens,
            self._kept.to(device),
            prediction=self._prediction,
            gamma=self._gamma,
            draw=draw,
        )


def train_autoencoder(
    model: DiffusionModel, data: TrainingSet, recipe: LatentRecipe, minutes: float | None, trainer: Trainer
) -> TrainingResult:
    """Train the autoencoder of `model` in place, then set the scale of its latents from the training pictures."""
    asked = recipe.diffusers.autoencoder
    objective = TinyReconstructionObjective(model, data.pictures, recipe.kl_weight).train()
    batches = Batches(data.training, asked.batch_size, recipe.seed)
    result = optimise(objective, batches, asked, Budget(asked.steps, minutes), trainer, part="autoencoder")
    model.eval().to(trainer.torch_device)
    sample = data.pictures[data.training[:4096]]
    model.set_scale(float(encode_pictures(model.encode, sample, trainer.torch_device).std()))
    model.cpu()
    return result
