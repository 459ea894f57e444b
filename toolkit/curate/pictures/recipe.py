"""What is asked of pictures."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from toolkit.curate.limits import Count, Share
from toolkit.recipe import Recipe


class PictureRecipe(Recipe):
    """Limits on pictures: shortest side in pixels, longest / shortest side, entropy in bits, share of one colour.

    Without `required`, rows of a list of addresses are decided by what is known before anything is downloaded.
    """

    required: bool = True
    min_side: Count | None = 16
    max_aspect: Annotated[float, Field(ge=1)] | None = 8.0
    min_entropy: Annotated[float, Field(ge=0, le=8)] | None = 0.05
    max_blankness: Share | None = 0.995
