"""Trains the pairing network: an image tower from scratch, and a projection of the frozen text encoder."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import nn

from toolkit.models.pairing import DEFAULT_CONFIG, PairingNetwork, create_pairing, normalise
from toolkit.models.text_encoder import load_text_encoder
from toolkit.train.batches import Batches
from toolkit.train.draw import Draw
from toolkit.train.loop import Budget, TrainingResult, optimise
from toolkit.train.objectives import contrastive
from toolkit.train.recipes import ClipRecipe
from toolkit.train.trainer import Trainer
from toolkit.train.training_set import TrainingSet

MAX_LOGIT_SCALE = 4.6052  # ln 100, CLIP's own ceiling


class Retrieval(NamedTuple):
    """Of `pool` distinct captions, how often a picture ranks its own first, and within the first ten; and by chance."""

    pool: int
    recall_at_1: float
    recall_at_10: float
    chance_at_10: float


class ContrastiveObjective(nn.Module):
    """What a pairing network is trained on: `contrastive` of augmented pictures and texts that are encoded once."""

    def __init__(self, made: PairingNetwork, data: TrainingSet, pooled: torch.Tensor) -> None:
        super().__init__()
        network: Any = made.network
        self.visual, self.projection, self.logit_scale = network.visual, network.text.proj, network.logit_scale
        self._preprocess = made.config["preprocess_cfg"]
        self._pictures, self._caption_index, self._pooled = data.pictures, torch.from_numpy(data.caption_index), pooled

    def forward(self, chosen: torch.Tensor, draw: Draw) -> torch.Tensor:
        captions, device = self._caption_index[chosen], self.logit_scale.device
        pictures = augment(torch.from_numpy(self._pictures[chosen.numpy()]), draw)
        image = F.normalize(self.visual(normalise(pictures, self._preprocess).to(device)), dim=-1)
        text = F.normalize(self.projection(self._pooled[captions].to(device)), dim=-1)
        scale = self.logit_scale.clamp(max=MAX_LOGIT_SCALE).exp()
        return contrastive(image, text, scale, captions.to(device))


def train_clip(
    data: TrainingSet, recipe: ClipRecipe, minutes: float | None, trainer: Trainer
) -> tuple[PairingNetwork, TrainingResult]:
    """Return a pairing network trained on the training part of `data`, and how its training went."""
    made = create_pairing(_configuration(recipe), seed=recipe.seed)
    pooled = torch.from_numpy(load_text_encoder().encode(data.captions, length=recipe.context_length).pooled)
    objective = ContrastiveObjective(made, data, pooled).train()
    batches = Batches(data.training, recipe.optimiser.batch_size, recipe.seed)
    budget = Budget(recipe.optimiser.steps, minutes)
    result = optimise(objective, batches, recipe.optimiser, budget, trainer, part="pairing")
    made.network.eval().cpu()
    return made, result


def augment(pictures: torch.Tensor, draw: Draw) -> torch.Tensor:
    """Return uint8 `pictures` (n, 3, side, side), half of them mirrored, each shifted by up to a sixteenth of its side.

    Colours stay as they are: a skin tone is part of what the captions say.
    """
    side = pictures.shape[-1]
    mirrored = draw.uniform().cpu() < 0.5
    pictures = torch.where(mirrored.view(-1, 1, 1, 1), pictures.flip(3), pictures)
    margin = side // 16
    padded = F.pad(pictures, (margin,) * 4, value=255)
    corners = draw.integers(0, 2 * margin + 1, 2).tolist()
    return torch.stack([one[:, y : y + side, x : x + side] for one, (y, x) in zip(padded, corners, strict=True)])


def retrieval(network: PairingNetwork, data: TrainingSet, indices: NDArray[np.int64], pool: int = 1000) -> Retrieval:
    """Return how well pictures find their captions: one picture each of up to `pool` captions from `indices`."""
    captions, first = np.unique(data.caption_index[indices], return_index=True)
    drawn = np.random.default_rng(0).permutation(len(captions))[:pool]
    captions, first = captions[drawn], first[drawn]
    texts = network.embed_texts([data.captions[index] for index in captions])
    images = network.embed_images([data.pictures[index].transpose(1, 2, 0) for index in indices[first]])
    similarity = images @ texts.T
    rank = (similarity > np.diag(similarity)[:, None]).sum(1)
    size = max(len(rank), 1)
    return Retrieval(len(rank), float((rank < 1).mean()), float((rank < 10).mean()), min(1.0, 10 / size))


def _configuration(recipe: ClipRecipe) -> dict[str, Any]:
    vision = DEFAULT_CONFIG["vision_cfg"] | {"timm_model_name": recipe.architecture, "image_size": recipe.image_size}
    text = DEFAULT_CONFIG["text_cfg"] | {"context_length": recipe.context_length}
    return DEFAULT_CONFIG | {"embed_dim": recipe.embed_dim, "vision_cfg": vision, "text_cfg": text}
