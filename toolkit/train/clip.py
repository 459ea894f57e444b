"""Trains a pairing network: from scratch, or on from any that open_clip knows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from toolkit.models import weights
from toolkit.models.pairing import DEFAULT_CONFIG, FAMILY, PairingNetwork, create_pairing, load_pairing, normalise
from toolkit.models.text_encoder import load_text_encoder
from toolkit.train.augmentation import augment, coarsen
from toolkit.train.batches import Batches
from toolkit.train.draw import Draw
from toolkit.train.loop import Budget, TrainingResult, Watch, optimise
from toolkit.train.objectives import contrastive, sigmoid
from toolkit.train.pairing_figures import pairing_figures
from toolkit.train.processes import gathered
from toolkit.train.recipes import ClipRecipe
from toolkit.train.reconstruction import Reconstruction
from toolkit.train.trainer import Trainer
from toolkit.train.training_set import TrainingSet
from toolkit.train.tuning import lock, merge_adapters

MAX_LOGIT_SCALE = 4.6052  # ln 100, CLIP's own ceiling
_SIGLIP = {"init_logit_scale": 2.3026, "init_logit_bias": -10.0}  # ln 10 and -10: arXiv 2303.15343, 3.2
Texts = Callable[[torch.Tensor], torch.Tensor]


class PairingObjective(nn.Module):
    """What a pairing network is trained on: pictures, augmented, and their captions as unit vectors in one space.

    `texts` gives the vectors of captions by their numbers. `locked` modules stay as they are, in evaluation mode.
    """

    def __init__(self, made: PairingNetwork, data: TrainingSet, recipe: ClipRecipe, locked: list[nn.Module]) -> None:
        super().__init__()
        self.network = made.network
        self._texts = _texts_of(made, data)
        self._siglip, self._coarse = recipe.loss == "siglip", recipe.coarse
        self._reconstruct = None if recipe.reconstruction is None else Reconstruction(recipe.reconstruction)
        self._locked, self._preprocess = [locked], made.config["preprocess_cfg"]  # in a list: no submodules of this one
        self._pictures, self._caption_index = data.pictures, torch.from_numpy(data.caption_index)

    def forward(self, chosen: torch.Tensor, draw: Draw) -> torch.Tensor:
        for module in self._locked[0]:
            module.eval()  # whatever mode this objective was put into
        network: Any = self.network
        captions, device = self._caption_index[chosen], network.logit_scale.device
        pictures = augment(torch.from_numpy(self._pictures[chosen.numpy()]), draw)
        pictures = coarsen(pictures, self._coarse, draw)
        if self._reconstruct is not None:
            pictures = self._reconstruct(pictures, draw)
        image = F.normalize(network.visual(normalise(pictures, self._preprocess).to(device)), dim=-1)
        text = F.normalize(self._texts(captions), dim=-1)
        image, text, captions = gathered(image), gathered(text), gathered(captions.to(device))
        scale = network.logit_scale.clamp(max=MAX_LOGIT_SCALE).exp()
        if self._siglip:
            return sigmoid(image, text, scale, network.logit_bias, captions)
        return contrastive(image, text, scale, captions)


def train_clip(
    data: TrainingSet, recipe: ClipRecipe, minutes: float | None, trainer: Trainer
) -> tuple[PairingNetwork, TrainingResult]:
    """Return a pairing network trained on the training part of `data`, and how its training went.

    After each pass over the data its figures on held-out concepts and sources are measured.
    """
    made = begin_pairing(recipe)
    locked = lock(made, recipe)
    objective = PairingObjective(made, data, recipe, locked).train()
    batches = Batches(data.training, recipe.optimiser.batch_size, recipe.seed)
    a_pass = -(-len(data.training) // recipe.optimiser.batch_size)
    result = optimise(
        objective,
        batches,
        recipe.optimiser,
        Budget(recipe.optimiser.steps, minutes),
        trainer,
        part="pairing",
        watch=Watch(a_pass, lambda: pairing_figures(made, data)),
    )
    merge_adapters(made)
    made.network.eval().cpu()
    made.device = "cpu"
    return made, result


def begin_pairing(recipe: ClipRecipe) -> PairingNetwork:
    """Return the network that a training of `recipe` begins with. Raises ModelError where it cannot be had."""
    if recipe.start is not None:
        made = load_pairing(recipe.start)
        if recipe.loss == "siglip" and getattr(made.network, "logit_bias", None) is None:
            made.network.logit_bias = nn.Parameter(torch.tensor(_SIGLIP["init_logit_bias"]))
            made.config = made.config | _SIGLIP
        return made
    made = create_pairing(_configuration(recipe), seed=recipe.seed)
    if recipe.image_weights is not None:
        network: Any = made.network
        state = weights.load_state(Path(recipe.image_weights))
        own = network.visual.trunk.state_dict()
        weights.fill(network.visual.trunk, {k: v for k, v in state.items() if k in own}, recipe.image_weights)
    return made


def _texts_of(made: PairingNetwork, data: TrainingSet) -> Texts:
    """Return what gives the text features of captions, by their numbers in `data.captions`: encoded once as far as the
    text tower is frozen, tokens alone where it may learn."""
    network: Any = made.network
    if made.config.get("family") == FAMILY:
        length = made.config["text_cfg"]["context_length"]
        pooled = torch.from_numpy(load_text_encoder().encode(data.captions, length=length).pooled)
        return lambda captions: network.text.proj(pooled[captions].to(network.logit_scale.device))
    tokens = made.tokenize(data.captions)
    return lambda captions: network.encode_text(tokens[captions].to(network.logit_scale.device))


def _configuration(recipe: ClipRecipe) -> dict[str, Any]:
    vision = DEFAULT_CONFIG["vision_cfg"] | {"timm_model_name": recipe.architecture, "image_size": recipe.image_size}
    text = DEFAULT_CONFIG["text_cfg"] | {"context_length": recipe.context_length, "hf_proj_type": recipe.projection}
    if recipe.dropout:
        vision |= {"timm_drop": recipe.dropout}
    bias = _SIGLIP if recipe.loss == "siglip" else {}
    return DEFAULT_CONFIG | {"embed_dim": recipe.embed_dim, "vision_cfg": vision, "text_cfg": text} | bias
