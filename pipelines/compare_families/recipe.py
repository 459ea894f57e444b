"""What `tain compare-families` can be told, and which captions and pictures it compares by."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from toolkit.recipe import Recipe
from toolkit.train.recipes import GeneratorRecipe, LatentRecipe, PixelRecipe, TokensRecipe
from toolkit.train.training_set import TrainingSet

FAMILIES = ("latent", "pixel", "tokens")


class CompareRecipe(Recipe):
    """The recipes of the three families, whose `seed`, `held_out_share` and `image_size` are those of the comparison.

    `pictures` captions of held-out concepts and as many of the training are painted; a painted picture is to find its
    caption among a fixed pool of `pool`.
    """

    seed: int = 0
    held_out_share: float = Field(0.04, gt=0, lt=1)
    image_size: int = Field(64, ge=16, multiple_of=16)
    pictures: int = Field(250, ge=3)
    pool: int = Field(1000, ge=10)
    latent: LatentRecipe = LatentRecipe()
    pixel: PixelRecipe = PixelRecipe()
    tokens: TokensRecipe = TokensRecipe()

    @model_validator(mode="after")
    def _one_split(self) -> CompareRecipe:
        for family in FAMILIES:
            for key in ("seed", "held_out_share", "image_size", "held_out_sources"):
                if key in getattr(self, family).model_fields_set:
                    raise ValueError(f"{family}.{key} is that of the whole comparison; give it at the top")
        return self

    def of(self, family: str) -> GeneratorRecipe:
        """Return the recipe that `family` is trained with, but for its steps."""
        own: GeneratorRecipe = getattr(self, family)
        shared = {"seed": self.seed, "held_out_share": self.held_out_share, "image_size": self.image_size}
        return own.__class__.model_validate(own.model_dump() | shared)


class Contest(NamedTuple):
    """The captions to paint, of held-out concepts and of the training; the pool they are sought in; and the indices of
    one real picture for each of the former, and of all pictures of held-out concepts."""

    held_out: list[str]
    training: list[str]
    pool: list[str]
    real_held_out: list[int]
    real_training: list[int]
    reference: NDArray[np.int64]


def draw_contest(data: TrainingSet, recipe: CompareRecipe) -> Contest:
    """Return the captions and pictures that `recipe` asks for, drawn by its seed; fewer where there are fewer."""
    stream = np.random.default_rng(recipe.seed)
    held_out_at = np.flatnonzero(data.held_out)
    held_out = _first_pictures(data, stream.permutation(held_out_at))
    training = _first_pictures(data, stream.permutation(data.training))
    asked = [dict(list(one.items())[: recipe.pictures]) for one in (held_out, training)]
    chosen = [*asked[0], *asked[1]]
    others = [caption for caption in stream.permutation(sorted({*held_out, *training})) if caption not in set(chosen)]
    pool = chosen + [str(one) for one in others[: max(0, recipe.pool - len(chosen))]]
    return Contest(list(asked[0]), list(asked[1]), pool, list(asked[0].values()), list(asked[1].values()), held_out_at)


def _first_pictures(data: TrainingSet, indices: NDArray[np.int64]) -> dict[str, int]:
    """Return the captions of the pictures at `indices`, as a prompt is written, with the first picture of each."""
    found: dict[str, int] = {}
    for index in indices.tolist():
        caption = " ".join(data.captions[data.caption_index[index]].split())
        if caption:
            found.setdefault(caption, index)
    return found
