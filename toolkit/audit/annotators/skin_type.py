"""Skin as dermatology grades it: the individual typology angle of the face colour, in Fitzpatrick's six types.

The same face colours as for the Monk scale, and the same abstentions; another ruler, for those whose figures use it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from toolkit.audit.annotators.annotator import Label, Picture, TextEmbedder
from toolkit.audit.annotators.skin_tone import OUTSIDE, SkinToneAnnotator
from toolkit.audit.recipe import SKIN_TYPE, AuditRecipe, SkinToneRecipe
from toolkit.statistics.skin import fitzpatrick, ita_of_lab


class SkinTypeAnnotator:
    """Reads `type-1` (lightest) to `type-6` by the angle of the face colour; abstains where skin tones are not told."""

    name = "skin-type"
    version = "1"
    attribute = SKIN_TYPE
    values = tuple(f"type-{grade}" for grade in range(1, 7))
    kinds = frozenset({"sample", "pair"})
    needs_embedding = False

    def __init__(self, settings: SkinToneRecipe) -> None:
        self._tones = SkinToneAnnotator(settings)

    def annotate(self, pictures: Sequence[Picture]) -> list[Label]:
        """Return one label for every picture: the type of its face colour is certain, or outside human skin."""
        return [self._read(one) for one in pictures]

    def _read(self, picture: Picture) -> Label:
        tone, colour = self._tones.read(picture)
        if tone.abstained or colour is None:
            outside = tone.probabilities.get(OUTSIDE, 0.0)
            chances = dict.fromkeys((*self.values, OUTSIDE), 0.0) | {OUTSIDE: outside} if tone.probabilities else {}
            return Label(picture.kind, picture.subject_id, None, chances, abstained=True)
        grade = f"type-{fitzpatrick(ita_of_lab(colour.lab))}"
        return Label(
            picture.kind, picture.subject_id, grade, {one: float(one == grade) for one in self.values}, abstained=False
        )


def create(recipe: AuditRecipe, pairing: Callable[[], TextEmbedder]) -> SkinTypeAnnotator:
    """Return the skin type annotator of `recipe`; it needs no network."""
    return SkinTypeAnnotator(recipe.skin_tone)
