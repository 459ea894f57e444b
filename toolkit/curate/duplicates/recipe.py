"""Which copies go, and which one stays."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator, model_validator

from toolkit.curate.duplicates.keepers import Keep
from toolkit.curate.limits import Cosine, Share
from toolkit.curate.rule import Status
from toolkit.recipe import Recipe


class LooksRecipe(Recipe):
    """When two pictures look the same: bits of the hash, CIELAB distance (mean, worst cell). `flips`, `crops`: also
    where one is mirrored, or a little cropped."""

    distance: Annotated[int, Field(ge=0, le=20)] = 10
    mean_colour: Annotated[float, Field(ge=0)] = 2.5
    cell_colour: Annotated[float, Field(ge=0)] = 4.5
    flips: bool = True
    crops: bool = True


class PerceptualRecipe(LooksRecipe):
    """When two rows are copies by their looks: also by the cosine of their embeddings, where there is a model."""

    cosine: Share = 0.95


class SemanticRecipe(Recipe):
    """When two pictures show the same: the cosine of their embeddings by the pairing model."""

    cosine: Cosine = 0.95


class EvaluationLooksRecipe(LooksRecipe):
    """When a picture looks like one of an evaluation set: one of those that stays costs more than a look-alike that
    goes, so that colours may differ more than among rows.

    Of 200 pictures of Open Clipart these limits find 99 % of copies at half the size (86 % by those among rows), all of
    those saved again at quality 70, 99.5 % of flipped ones, 90 % of those cropped by a tenth (86.5), 92.5 % of those
    within a white border (90.5), 84 % within a black one (83.5). Of the 7,840 other pictures 19 % look like one of the
    200 (13.5 %): it holds whole families of icons.
    """

    mean_colour: Annotated[float, Field(ge=0)] = 4.0
    cell_colour: Annotated[float, Field(ge=0)] = 12.0


class EvaluationRecipe(Recipe):
    """An evaluation set, `source`, and what makes a row a copy of one of its pictures; `status` is what becomes of it.

    `exact`: same bytes. `perceptual`: looks the same, also flipped or without its border; null for none. `cosine` of
    embeddings, null for none. `captions`: the caption is the same but for numbers, case and punctuation.
    """

    source: str
    exact: bool = True
    perceptual: EvaluationLooksRecipe | None = EvaluationLooksRecipe()
    cosine: Cosine | None = None
    captions: bool = False
    status: Status = "dropped"

    @field_validator("perceptual", mode="before")
    @classmethod
    def _true_is_the_default(cls, given: object) -> object:
        return {} if given is True else None if given is False else given


class DuplicateRecipe(Recipe):
    """Which copies go, and which one of them stays.

    `keep`: the `best` by the score `best_by`, the `largest`, the `first` of the input, or the `oldest` by the date in
    column `oldest_by` of meta. `exact`: same bytes; `perceptual`, `semantic`: null for none. `earlier`: runs whose kept
    rows are not kept again. `decontaminate`: an evaluation set whose pictures must not stay.
    """

    keep: Keep = "largest"
    best_by: str | None = None
    oldest_by: str | None = None
    exact: bool = True
    perceptual: PerceptualRecipe | None = PerceptualRecipe()
    semantic: SemanticRecipe | None = None
    earlier: tuple[str, ...] = ()
    decontaminate: EvaluationRecipe | None = None

    @model_validator(mode="after")
    def _policies_say_by_what(self) -> DuplicateRecipe:
        if self.keep == "best" and self.best_by is None:
            raise ValueError("keep: best needs best_by, the score that decides, for example picture_entropy")
        if self.keep == "oldest" and self.oldest_by is None:
            raise ValueError("keep: oldest needs oldest_by, the column of the input that holds a date")
        return self

    @property
    def keep_by(self) -> str | None:
        """The score or the column of meta that `keep` ranks by; None where it needs none."""
        return {"best": self.best_by, "oldest": self.oldest_by}.get(self.keep)

    @property
    def compares_embeddings(self) -> bool:
        """Whether a rule on copies looks at embeddings, where there is a pairing model."""
        against = self.decontaminate is not None and self.decontaminate.cosine is not None
        return self.perceptual is not None or self.semantic is not None or bool(self.earlier) or against
