"""What is asked of captions."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from toolkit.curate.limits import Count, Share
from toolkit.curate.rule import Status
from toolkit.recipe import Recipe

Junk = Literal["url", "file_name", "camera", "number", "placeholder", "generic", "own_file_name"]
PersonalData = Literal["email", "phone", "card", "iban", "handle"]


class CaptionRecipe(Recipe):
    """Limits on captions. `languages` are ISO 639 codes; a caption goes only if it is surely of another language.

    Of `junk` and `personal_data` the kinds that are not wanted are named. `word_list` is the path of a text file.
    """

    min_characters: Count | None = 2
    max_characters: Count | None = 2000
    min_code_points: Count | None = None
    min_words: Count | None = 1
    max_words: Count | None = 200
    min_tokens: Count | None = None
    max_repetition: Share | None = 0.6
    max_symbols: Share | None = 0.7
    languages: tuple[str, ...] | None = None
    language_probability: Share = 0.8
    junk: tuple[Junk, ...] | None = ("url", "file_name", "camera", "number", "placeholder", "generic")
    personal_data: tuple[PersonalData, ...] | None = ("email", "phone", "card", "iban")
    personal_data_status: Status = "dropped"
    max_toxicity: Share | None = None
    toxicity_status: Status = "dropped"
    word_list: str | None = None
    word_list_status: Status = "dropped"
    boilerplate_rows: Annotated[int, Field(ge=2)] | None = 50
    boilerplate_share: Share = 0.0001
    boilerplate_words: Annotated[int, Field(ge=1)] = 4
