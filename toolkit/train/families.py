"""The generators that can be trained, by their recipe."""

from __future__ import annotations

from toolkit.train.painters import Trained
from toolkit.train.recipes import GeneratorRecipe, LatentRecipe, PixelRecipe, TokensRecipe
from toolkit.train.trainer import Trainer
from toolkit.train.training_set import TrainingSet


def train_family(data: TrainingSet, recipe: GeneratorRecipe, minutes: float | None, trainer: Trainer) -> Trained:
    """Return the generator that `recipe` describes, trained on the training part of `data` for up to `minutes`."""
    match recipe:
        case LatentRecipe(prediction="epsilon" | "v"):
            from toolkit.train.diffusion import train_diffusion

            return train_diffusion(data, recipe, minutes, trainer)
        case LatentRecipe():
            from toolkit.train.latent import train_latent

            return train_latent(data, recipe, minutes, trainer)
        case PixelRecipe():
            from toolkit.train.pixel import train_pixel

            return train_pixel(data, recipe, minutes, trainer)
        case TokensRecipe():
            from toolkit.train.tokens import train_tokens

            return train_tokens(data, recipe, minutes, trainer)
        case _:
            raise TypeError(f"a {type(recipe).__name__} describes no generator that can be trained")
