"""What is asked of the scores that the input brings."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from toolkit.curate.rule import Status
from toolkit.recipe import Recipe

Called = Annotated[str, StringConstraints(pattern=r"\A\w[\w .:/-]{0,63}\Z")]  # no braces: it goes into texts
SIZES = ("side", "aspect")  # computed from width and height


class PrecomputedLimit(Recipe):
    """Limits on one of them: numbers, a fraction of the rows to keep, or the words that are wanted.

    `column` names the column of the input where no data set is known to bring the score, or it is called otherwise.
    `missing`: whether rows without a value are kept or dropped.
    """

    column: Called | None = None
    minimum: float | None = None
    maximum: float | None = None
    top_fraction: Annotated[float, Field(gt=0, le=1)] | None = None
    words: tuple[str, ...] | None = None
    missing: Literal["keep", "drop"] = "keep"
    status: Status = "dropped"

    @model_validator(mode="after")
    def _words_have_no_limits(self) -> PrecomputedLimit:
        if self.words is not None and (self.minimum, self.maximum, self.top_fraction) != (None, None, None):
            raise ValueError("words are wanted or not; minimum, maximum and top_fraction are for numbers")
        return self


PrecomputedRecipe = dict[Called, PrecomputedLimit]
