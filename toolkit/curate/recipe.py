"""What curation asks of pairs: every limit in one place, each optional (null: scored, but no rule)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from toolkit.recipe import Recipe

Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]


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


class PictureRecipe(Recipe):
    """Limits on pictures: shortest side in pixels, longest / shortest side, entropy in bits, share of one colour."""

    min_side: Count | None = 16
    max_aspect: Annotated[float, Field(ge=1)] | None = 8.0
    min_entropy: Annotated[float, Field(ge=0, le=8)] | None = 0.05
    max_blankness: Share | None = 0.995


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


class PairingRecipe(Recipe):
    """The network that compares picture and caption, and what it asks for: a cosine, or the best fraction of rows."""

    model: str | None = None
    threshold: Annotated[float, Field(ge=-1, le=1)] | None = None
    top_fraction: Annotated[float, Field(gt=0, le=1)] | None = None

    @model_validator(mode="after")
    def _limits_need_a_model(self) -> PairingRecipe:
        if self.model is None and (self.threshold is not None or self.top_fraction is not None):
            raise ValueError("threshold and top_fraction need a model, for example zoo:clip")
        return self


class LimitRecipe(Recipe):
    """What is asked of one column of numbers; None: no limit on that side."""

    minimum: float | None = None
    maximum: float | None = None


class CurateRecipe(Recipe):
    """All of it. `plugins` names scorers of other packages and limits on their columns; `score_all`: score every row,
    also where an earlier rule has dropped it."""

    captions: CaptionRecipe = CaptionRecipe()
    pictures: PictureRecipe = PictureRecipe()
    duplicates: DuplicateRecipe = DuplicateRecipe()
    pairing: PairingRecipe = PairingRecipe()
    plugins: dict[str, dict[str, LimitRecipe]] = Field(default_factory=dict)
    score_all: bool = False
