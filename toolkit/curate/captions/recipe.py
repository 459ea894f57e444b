"""What is asked of captions."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from toolkit.curate.limits import Count, Share
from toolkit.recipe import Recipe


class CaptionRecipe(Recipe):
    """Limits on captions. `languages` are ISO 639 codes; a caption goes only if it is surely of another language."""

    min_characters: Count | None = 2
    max_characters: Count | None = 2000
    min_words: Count | None = 1
    max_words: Count | None = 200
    max_repetition: Share | None = 0.6
    languages: tuple[str, ...] | None = None
    language_probability: Share = 0.8
    boilerplate_rows: Annotated[int, Field(ge=2)] | None = 50
