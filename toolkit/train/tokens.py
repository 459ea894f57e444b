"""Trains a token generator: the tokenizer, then the transformer on pictures and texts that are encoded once."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from toolkit.models.gpt import GPT, GPTConfig
from toolkit.models.picture_range import to_unit
from toolkit.models.tokenizer import Tokenizer, TokenizerConfig
from toolkit.models.tokens import TokenModel, create_tokens
from toolkit.train.batches import Batches
from toolkit.train.draw import Draw
from toolkit.train.encoding import encode_pictures, reconstruction_psnr
from toolkit.train.loop import Budget, TrainingResult, optimise
from toolkit.train.objectives import next_token, unlikeness
from toolkit.train.painters import PainterTask, Trained, mean_loss, measured_sets, shared_out, train_painter
from toolkit.train.recipes import TokensRecipe
from toolkit.train.texts import EncodedTexts, encode_texts
from toolkit.train.trainer import Trainer
from toolkit.train.training_set import TrainingSet


def train_tokens(data: TrainingSet, recipe: TokensRecipe, minutes: float | None, trainer: Trainer) -> Trained:
    """Return a token generator trained on the training part of `data`, its two parts one after the other."""
    model, device = create_model(recipe), trainer.torch_device
    first, second = shared_out(minutes, recipe.tokenizer_share)
    parts = {"tokenizer": train_tokenizer(model.tokenizer, data, recipe, first, trainer)}
    model.to(device)
    codes = encode_pictures(model.tokenizer.encode, data.pictures, device, trainer.progress)
    texts = encode_texts(data.captions, recipe.text_tokens)
    measured = NextTokenObjective(model.gpt, data, codes, texts, caption_dropout=0.0)
    objective = NextTokenObjective(model.gpt, data, codes, texts, caption_dropout=recipe.caption_dropout)
    task = PainterTask("gpt", model.gpt, objective, measured, recipe)
    parts["gpt"] = train_painter(task, data, recipe.gpt, second, trainer)
    model.to(device)
    figures: dict[str, Any] = {}
    for name, indices in measured_sets(data).items():
        psnr = reconstruction_psnr(model.tokenizer, data.pictures[indices], device)
        figures[f"tokenizer PSNR in dB, {name}"] = round(psnr, 2)
        figures[f"next-token loss in nats, {name}"] = round(mean_loss(measured, indices, device), 4)
    figures[f"codes in use, of {model.gpt.config.codes}"] = len(np.unique(codes.numpy()[data.training]))
    model.eval().cpu()
    return Trained(model.save, parts, figures)


def create_model(recipe: TokensRecipe) -> TokenModel:
    """Return the token model that `recipe` describes, with random weights."""
    tokenizer = TokenizerConfig(recipe.image_size, recipe.tokenizer_width, recipe.levels)
    gpt = GPTConfig(
        codes=tokenizer.codes,
        length=tokenizer.grid**2,
        width=recipe.width,
        layers=recipe.layers,
        heads=recipe.heads,
        text_tokens=recipe.text_tokens,
    )
    return create_tokens(tokenizer, gpt, seed=recipe.seed)


class TokenizerObjective(nn.Module):
    """What the tokenizer is trained on: the `unlikeness` of the pictures chosen to what their tokens keep of them."""

    def __init__(self, tokenizer: Tokenizer, pictures: NDArray[np.uint8]) -> None:
        super().__init__()
        self.tokenizer, self._pictures = tokenizer, pictures

    def forward(self, chosen: torch.Tensor, draw: Draw) -> torch.Tensor:
        pictures = to_unit(self._pictures[chosen.numpy()]).to(self.tokenizer.quantiser.levels.device)
        return unlikeness(self.tokenizer(pictures), pictures)


class NextTokenObjective(nn.Module):
    """What the transformer is trained on: `next_token` of the pictures and texts chosen."""

    def __init__(
        self, gpt: GPT, data: TrainingSet, codes: torch.Tensor, texts: EncodedTexts, *, caption_dropout: float
    ) -> None:
        super().__init__()
        self.gpt, self._codes, self._texts = gpt, codes, texts
        self._caption_index, self._caption_dropout = torch.from_numpy(data.caption_index), caption_dropout

    def forward(self, chosen: torch.Tensor, draw: Draw) -> torch.Tensor:
        device = self.gpt.position.device
        texts = self._texts.at(self._caption_index[chosen], device)
        codes = self._codes[chosen].to(device)
        return next_token(self.gpt, codes, *texts, caption_dropout=self._caption_dropout, draw=draw)


def train_tokenizer(
    tokenizer: Tokenizer, data: TrainingSet, recipe: TokensRecipe, minutes: float | None, trainer: Trainer
) -> TrainingResult:
    """Train `tokenizer` in place."""
    objective = TokenizerObjective(tokenizer, data.pictures).train()
    batches = Batches(data.training, recipe.tokenizer.batch_size, recipe.seed)
    budget = Budget(recipe.tokenizer.steps, minutes)
    result = optimise(objective, batches, recipe.tokenizer, budget, trainer, part="tokenizer")
    tokenizer.eval().cpu()
    return result
