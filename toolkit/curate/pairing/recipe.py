"""The network that compares picture and caption, and what is asked of its scores."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from toolkit.curate.limits import Cosine
from toolkit.recipe import Recipe


class PairingRecipe(Recipe):
    """The network that compares picture and caption, and what it asks for: a cosine, or the best fraction of rows."""

    model: str | None = None
    threshold: Cosine | None = None
    top_fraction: Annotated[float, Field(gt=0, le=1)] | None = None

    @model_validator(mode="after")
    def _limits_need_a_model(self) -> PairingRecipe:
        if self.model is None and (self.threshold is not None or self.top_fraction is not None):
            raise ValueError("threshold and top_fraction need a model, for example zoo:clip")
        return self
