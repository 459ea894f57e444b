"""Which copies go, and which one stays."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from toolkit.curate.limits import Share
from toolkit.recipe import Recipe


class PerceptualRecipe(Recipe):
    """When two pictures look the same: bits of the hash, CIELAB distance (mean, worst cell), cosine of embeddings."""

    distance: Annotated[int, Field(ge=0, le=11)] = 10
    mean_colour: Annotated[float, Field(ge=0)] = 2.0
    cell_colour: Annotated[float, Field(ge=0)] = 3.5
    cosine: Share = 0.95


class DuplicateRecipe(Recipe):
    """Which copies go. `exact`: same bytes; `perceptual`: null for none."""

    exact: bool = True
    perceptual: PerceptualRecipe | None = PerceptualRecipe()
