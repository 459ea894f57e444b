"""Trains a pixel generator: the transformer on full-size pictures, and nothing before it."""

from __future__ import annotations

import torch

from toolkit.models.picture_range import to_unit
from toolkit.models.pixel import PixelModel, create_pixel
from toolkit.models.transformer import TransformerConfig
from toolkit.train.flow import FlowObjective
from toolkit.train.objectives import clean_flow_matching
from toolkit.train.painters import PainterTask, Trained, mean_loss, measured_sets, train_painter
from toolkit.train.recipes import PixelRecipe
from toolkit.train.texts import encode_texts
from toolkit.train.trainer import Trainer
from toolkit.train.training_set import TrainingSet


def train_pixel(data: TrainingSet, recipe: PixelRecipe, minutes: float | None, trainer: Trainer) -> Trained:
    """Return a pixel generator trained on the training part of `data`."""
    model = create_model(recipe)
    texts = encode_texts(data.captions, recipe.text_tokens)

    def clean(chosen: torch.Tensor) -> torch.Tensor:
        return to_unit(data.pictures[chosen.numpy()])

    def objective(dropout: float) -> FlowObjective:
        return FlowObjective(model.transformer, clean_flow_matching, clean, data, texts, caption_dropout=dropout)

    measured = objective(0.0)
    task = PainterTask("transformer", model.transformer, objective(recipe.caption_dropout), measured, recipe)
    parts = {"transformer": train_painter(task, data, recipe.transformer, minutes, trainer)}
    device = trainer.torch_device
    model.to(device)
    figures = {
        f"flow-matching loss of clean pictures, {name}": round(mean_loss(measured, indices, device), 4)
        for name, indices in measured_sets(data).items()
    }
    model.eval().cpu()
    return Trained(model.save, parts, figures)


def create_model(recipe: PixelRecipe) -> PixelModel:
    """Return the pixel model that `recipe` describes, with random weights."""
    config = TransformerConfig(
        grid=recipe.image_size,
        channels=3,
        patch=recipe.patch,
        width=recipe.width,
        layers=recipe.layers,
        heads=recipe.heads,
        text_tokens=recipe.text_tokens,
    )
    return create_pixel(config, seed=recipe.seed)
