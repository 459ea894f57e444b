"""What is asked of pictures."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from toolkit.curate.limits import Count, Share
from toolkit.recipe import Recipe

Format = Literal["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "AVIF", "MPO"]


class PictureRecipe(Recipe):
    """Limits on pictures: on their header (side in pixels, longest / shortest side, format, several frames), on how
    they were saved, on their pixels at 128 px (entropy in bits, brightness and contrast of 1, how fine edges are,
    shares of the picture).

    Without `required`, rows of a list of addresses are decided by what is known before anything is downloaded.
    """

    required: bool = True
    min_side: Count | None = 16
    max_aspect: Annotated[float, Field(ge=1)] | None = 8.0
    formats: tuple[Format, ...] | None = None
    animated: Literal["keep", "drop"] = "keep"
    min_jpeg_quality: Annotated[int, Field(ge=1, le=100)] | None = None
    min_entropy: Annotated[float, Field(ge=0, le=8)] | None = 0.05
    max_blankness: Share | None = 0.995
    min_brightness: Share | None = None
    max_brightness: Share | None = None
    max_dark: Share | None = None
    max_light: Share | None = None
    min_contrast: Share | None = None
    min_sharpness: Annotated[float, Field(ge=0)] | None = None
    max_border: Share | None = None
    max_text_area: Share | None = None
