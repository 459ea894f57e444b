"""Trains a latent generator: the autoencoder, then the transformer on latents and texts that are encoded once."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from toolkit.errors import ModelError
from toolkit.models.autoencoder import AutoencoderConfig
from toolkit.models.latent import LatentModel, create_latent, load_latent
from toolkit.models.picture_range import to_unit
from toolkit.models.transformer import TransformerConfig
from toolkit.models.weights import fingerprint
from toolkit.train.batches import Batches
from toolkit.train.begun import check_same_start
from toolkit.train.card import Start
from toolkit.train.draw import Draw
from toolkit.train.encoding import encode_pictures, reconstruction_psnr
from toolkit.train.flow import FlowObjective
from toolkit.train.loop import Budget, TrainingResult, optimise
from toolkit.train.objectives import flow_matching, reconstruction
from toolkit.train.painters import PainterTask, Trained, mean_loss, measured_sets, shared_out, train_painter
from toolkit.train.recipes import LatentRecipe
from toolkit.train.texts import encode_texts
from toolkit.train.trainer import Trainer
from toolkit.train.training_set import TrainingSet


def train_latent(data: TrainingSet, recipe: LatentRecipe, minutes: float | None, trainer: Trainer) -> Trained:
    """Return a latent generator trained on the training part of `data`, its two parts one after the other; the second
    alone where it goes on from another one."""
    model, start = _begin(recipe, trainer)
    parts: dict[str, TrainingResult] = {}
    second = minutes
    if start is None:
        first, second = shared_out(minutes, recipe.autoencoder_share)
        parts["autoencoder"] = train_autoencoder(model, data, recipe, first, trainer)
    model.to(trainer.torch_device)
    latents = encode_pictures(model.encode, data.pictures, trainer.torch_device, trainer.progress)
    texts = encode_texts(data.captions, model.transformer.config.text_tokens)

    def clean(chosen: torch.Tensor) -> torch.Tensor:
        return latents[chosen]

    def objective(dropout: float) -> FlowObjective:
        return FlowObjective(model.transformer, flow_matching, clean, data, texts, caption_dropout=dropout)

    measured = objective(0.0)
    task = PainterTask("transformer", model.transformer, objective(recipe.caption_dropout), measured, recipe)
    parts["transformer"] = train_painter(task, data, recipe.transformer, second, trainer)
    model.to(trainer.torch_device)
    figures = {}
    for name, indices in measured_sets(data).items():
        psnr = reconstruction_psnr(lambda truth: _reconstruct(model, truth), data.pictures[indices], _device(model))
        figures[f"autoencoder PSNR in dB, {name}"] = round(psnr, 2)
        figures[f"flow-matching loss, {name}"] = round(mean_loss(measured, indices, _device(model)), 4)
    model.eval().cpu()
    return Trained(model.save, parts, figures, start)


def _begin(recipe: LatentRecipe, trainer: Trainer) -> tuple[LatentModel, Start | None]:
    """Return the generator that a training of `recipe` begins with. Raises ModelError where it paints another size."""
    if recipe.start is None:
        return create_model(recipe), None
    model = load_latent(recipe.start)
    if model.image_size != recipe.image_size:
        raise ModelError(
            f"{recipe.start} paints {model.image_size} px; set image_size to that, not {recipe.image_size}"
        )
    start = Start(recipe.start, "latent model of Tain", fingerprint(model, **model.config), licence=None)
    if trainer.folder is not None and trainer.accelerator().is_main_process:
        check_same_start(start, trainer.folder)
    return model, start


def create_model(recipe: LatentRecipe) -> LatentModel:
    """Return the latent model that `recipe` describes, with random weights."""
    return create_latent(
        AutoencoderConfig(recipe.image_size, recipe.autoencoder_width, recipe.latent_channels),
        TransformerConfig(
            grid=recipe.image_size // 8,
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
        self._pictures, self._shape = pictures, model.noise_shape

    def forward(self, chosen: torch.Tensor, draw: Draw) -> torch.Tensor:
        noise = draw.normal(*self._shape)
        pictures = to_unit(self._pictures[chosen.numpy()]).to(noise.device)
        return reconstruction(self.autoencoder, pictures, noise, self.kl_weight)


def train_autoencoder(
    model: LatentModel, data: TrainingSet, recipe: LatentRecipe, minutes: float | None, trainer: Trainer
) -> TrainingResult:
    """Train the autoencoder of `model` in place, then set the scale of its latents from the training pictures."""
    objective = ReconstructionObjective(model, data.pictures, recipe.kl_weight).train()
    batches = Batches(data.training, recipe.autoencoder.batch_size, recipe.seed)
    budget = Budget(recipe.autoencoder.steps, minutes)
    result = optimise(objective, batches, recipe.autoencoder, budget, trainer, part="autoencoder")
    model.eval().to(trainer.torch_device)
    means = encode_pictures(model.encode, data.pictures[data.training[:4096]], trainer.torch_device)
    model.cpu()
    model.latent_mean.copy_(means.mean((0, 2, 3), keepdim=True))
    model.latent_deviation.copy_(means.std((0, 2, 3), keepdim=True))
    return result


def _reconstruct(model: LatentModel, pictures: torch.Tensor) -> torch.Tensor:
    return model.autoencoder.decode(model.autoencoder.encode(pictures)[0])


def _device(model: LatentModel) -> torch.device:
    return model.latent_mean.device
