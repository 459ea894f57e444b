"""The kinds of limit that recipes are made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from toolkit.recipe import Recipe

Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Cosine = Annotated[float, Field(ge=-1, le=1)]


class LimitRecipe(Recipe):
    """What is asked of one column of numbers; None: no limit on that side."""

    minimum: float | None = None
    maximum: float | None = None
