"""What curation asks of pairs: every limit, each optional (null: scored, but no rule). A section a family."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from toolkit.curate.captions.recipe import CaptionRecipe
from toolkit.curate.duplicates.recipe import DuplicateRecipe
from toolkit.curate.groups.recipe import GroupRecipe
from toolkit.curate.limits import LimitRecipe
from toolkit.curate.pairing.recipe import PairingRecipe
from toolkit.curate.pictures.recipe import PictureRecipe
from toolkit.curate.precomputed.recipe import PrecomputedRecipe
from toolkit.curate.safety.recipe import SafetyRecipe
from toolkit.engine.resources import WorkerRecipe


class CurateRecipe(WorkerRecipe):
    """All of it. `precomputed` are limits on scores that the input brings; `plugins` names scorers of other packages
    and limits on their columns; `scorers`: run all, or only those that a rule reads; `score_all`: score every row, also
    where an earlier rule has dropped it; what a worker takes: see `WorkerRecipe`."""

    safety: SafetyRecipe = SafetyRecipe()
    captions: CaptionRecipe = CaptionRecipe()
    precomputed: PrecomputedRecipe = Field(default_factory=dict)
    pictures: PictureRecipe = PictureRecipe()
    duplicates: DuplicateRecipe = DuplicateRecipe()
    pairing: PairingRecipe = PairingRecipe()
    groups: GroupRecipe = GroupRecipe()
    plugins: dict[str, dict[str, LimitRecipe]] = Field(default_factory=dict)
    scorers: Literal["all", "used"] = "all"
    score_all: bool = False

    @model_validator(mode="after")
    def _comparing_needs_a_model(self) -> CurateRecipe:
        against = self.duplicates.decontaminate
        if self.pairing.model is None and (self.duplicates.semantic or (against and against.cosine is not None)):
            raise ValueError(
                "duplicates.semantic and duplicates.decontaminate.cosine compare embeddings; "
                "they need pairing.model, for example zoo:clip"
            )
        if self.pairing.model is None and self.safety.zero_shot is not None:
            raise ValueError("safety.zero_shot compares pictures with words by pairing.model, for example zoo:clip")
        return self
