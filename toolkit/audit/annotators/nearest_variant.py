"""Whom a neutral drawing looks like: the same vendor's woman or the same vendor's man of the same role and tone.

A drawing that names no gender is compared with its two named siblings, in pixels and in embedding. It is the most
direct reading of a neutral drawing there is, for no network has to know what a woman or a man looks like.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import exp, log

import numpy as np
from numpy.typing import NDArray

from toolkit.audit.annotators.annotator import Label, Picture, TextEmbedder
from toolkit.audit.recipe import GENDER, AuditRecipe, NearestVariantRecipe
from toolkit.images import resize_square
from toolkit.statistics.skin import to_lab

SMALLEST = 1e-6


class NearestVariantAnnotator:
    """Labels the neutral pictures of each family that has a woman and a man; passes over all others."""

    name = "nearest-variant"
    version = "1"
    attribute = GENDER
    values = ("woman", "man")
    kinds = frozenset({"pair"})
    needs_embedding = True

    def __init__(self, settings: NearestVariantRecipe) -> None:
        self.settings = settings

    def annotate(self, pictures: Sequence[Picture]) -> list[Label]:
        """Return a label for every neutral picture whose family holds exactly one woman and one man.

        The probability of woman is d_man / (d_woman + d_man), where d is the geometric mean of the distance in
        CIELAB (mean delta E over a grid) and in embedding (1 - cosine), each as a share of the sum for both.
        """
        families: dict[str, list[Picture]] = {}
        for one in pictures:
            if one.family:
                families.setdefault(one.family, []).append(one)
        return [label for _, family in sorted(families.items()) for label in self._compare(family)]

    def _compare(self, family: list[Picture]) -> list[Label]:
        women = [one for one in family if one.gender == "woman"]
        men = [one for one in family if one.gender == "man"]
        if len(women) != 1 or len(men) != 1:
            return []
        return [self._read(one, women[0], men[0]) for one in family if one.gender is None]

    def _read(self, neutral: Picture, woman: Picture, man: Picture) -> Label:
        contrast = self._in_pixels(woman, man)
        by_pixels = _odds(self._in_pixels(neutral, woman), self._in_pixels(neutral, man))
        by_embedding = _odds(_in_embedding(neutral, woman), _in_embedding(neutral, man))
        share = 1 / (1 + exp(-(by_pixels + by_embedding) / 2))
        probabilities = {"woman": round(share, 4), "man": round(1 - share, 4)}
        margin = round(abs(2 * share - 1), 4)
        abstained = margin < self.settings.min_margin or round(contrast, 4) < self.settings.min_contrast
        value = None if abstained else max(self.values, key=probabilities.__getitem__)
        return Label(neutral.kind, neutral.subject_id, value, probabilities, abstained)

    def _in_pixels(self, first: Picture, second: Picture) -> float:
        difference = self._grid(first.pixels) - self._grid(second.pixels)
        return round(float(np.linalg.norm(difference, axis=-1).mean()), 4)

    def _grid(self, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
        return to_lab(resize_square(pixels, self.settings.grid))


def _in_embedding(first: Picture, second: Picture) -> float:
    if first.embedding is None or second.embedding is None:
        raise ValueError(f"{first.kind} {first.subject_id} has no embedding; the stage embeds before it labels")
    return round(1 - float(first.embedding @ second.embedding), 4)


def _odds(to_woman: float, to_man: float) -> float:
    """Return the log odds of woman: log(d_man / d_woman). Both zero (one drawing for all three) says nothing: 0."""
    return log(max(to_man, SMALLEST) / max(to_woman, SMALLEST))


def create(recipe: AuditRecipe, pairing: Callable[[], TextEmbedder]) -> NearestVariantAnnotator:
    """Return the nearest-variant annotator of `recipe`; the stage embeds its pictures."""
    return NearestVariantAnnotator(recipe.nearest_variant)
