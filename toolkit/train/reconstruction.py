"""True pictures as a generator's autoencoder gives them back, latents disturbed: with what painted pictures lack and
add.

A pairing network that is to read painted pictures learns to see through both. What is on a picture, and what its
caption says, stays true: nothing here was painted for a caption.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F

from toolkit.models.latent import LatentModel, load_latent
from toolkit.train.draw import Draw
from toolkit.train.recipes import ReconstructionRecipe


class Reconstruction:
    """Gives back some pictures of a step by way of an autoencoder's latents."""

    def __init__(self, recipe: ReconstructionRecipe) -> None:
        self._recipe = recipe
        self._model: LatentModel = load_latent(recipe.model).eval()

    @torch.no_grad()
    def __call__(self, pictures: torch.Tensor, draw: Draw) -> torch.Tensor:
        """Return float32 `pictures` (n, 3, side, side) from 0 to 255, about the recipe's `share` of them given back
        from latents with normal noise of up to `noise` of their deviation."""
        chosen = draw.uniform().cpu() < self._recipe.share
        side = self._model.image_size
        size = (self._model.autoencoder.config.latent_channels, side // 8, side // 8)
        noise = draw.normal(*size).cpu() * (self._recipe.noise * draw.uniform(1, 1, 1).cpu())
        if not bool(chosen.any()):
            return pictures
        small = F.interpolate(pictures[chosen], size=(side, side), mode="area")
        latents = self._model.encode(small / 127.5 - 1) + noise[chosen]
        back = (self._model.pictures(latents).clamp(-1, 1) + 1) * 127.5
        found = pictures.clone()
        found[chosen] = F.interpolate(back, size=pictures.shape[-2:], mode="bilinear", align_corners=False)
        return found
