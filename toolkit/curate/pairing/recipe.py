"""The network that compares picture and caption, and what is asked of its scores."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from toolkit.curate.limits import Cosine
from toolkit.recipe import Recipe

Fraction = Annotated[float, Field(gt=0, le=1)]


class PairingRecipe(Recipe):
    """The network that compares picture and caption (`zoo:clip`, `open_clip:ARCH/TAG`, a folder), and what it asks for.

    `threshold` is a cosine; `top_fraction` the best rows of all; `top_fraction_by_language` the best of each language:
    one fraction for all, or a mapping such as `{en: 0.3, other: 0.5}`.
    """

    model: str | None = None
    threshold: Cosine | None = None
    top_fraction: Fraction | None = None
    top_fraction_by_language: Fraction | dict[str, Fraction] | None = None

    @model_validator(mode="after")
    def _limits_need_a_model(self) -> PairingRecipe:
        asked = [name for name in type(self).model_fields if name != "model" and getattr(self, name)]
        if self.model is None and asked:
            raise ValueError(f"{' and '.join(asked)} need a model, for example zoo:clip")
        return self
