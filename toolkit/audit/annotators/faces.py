"""Every face in a picture: which gender it presents, in which age group it is perceived, and whether there are several.

The networks are those of `toolkit.models.faces`. They know two genders, err on blurred faces, and see frontal faces
alone, so that a picture without one says nothing about whether there are people in it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from toolkit.audit.annotators.annotator import Label, Picture, TextEmbedder
from toolkit.audit.recipe import AGE, GENDER, PEOPLE, AuditRecipe, FacesRecipe
from toolkit.models.faces import VERSION, Face, FaceNetworks

AGES = {"0-19": (0, 19), "20-39": (20, 39), "40-59": (40, 59), "60 and over": (60, 80)}  # years, both included
SEVERAL = ("one person", "several people")


class FacesAnnotator:
    """Labels every face, the largest first as instance 1, and the picture (instance 0) with how many there are.

    It abstains on a face that is too small or not sure, and once for each attribute on a picture without a face.
    """

    name = "faces"
    version = f"1+{VERSION}"
    attribute = GENDER
    attributes = (GENDER, AGE, PEOPLE)
    values = ("woman", "man")
    kinds = frozenset({"sample", "pair"})
    needs_embedding = False

    def __init__(self, settings: FacesRecipe) -> None:
        self.settings = settings
        self.longest_side = settings.longest_side
        self._networks = FaceNetworks("annotator faces")

    def annotate(self, pictures: Sequence[Picture]) -> list[Label]:
        """Return the labels of every picture: a gender and an age group for each face, and how many there are."""
        settings = self.settings
        found = self._networks.find(
            [one.pixels for one in pictures], enlarge=settings.enlarge, min_detection=settings.min_detection
        )
        return [label for one, faces in zip(pictures, found, strict=True) for label in self._labels(one, faces)]

    def _labels(self, picture: Picture, faces: Sequence[Face]) -> list[Label]:
        if not faces:
            nothing = Label(picture.kind, picture.subject_id, None, {}, abstained=True)
            return [nothing._replace(attribute=attribute) for attribute in self.attributes]
        count = SEVERAL[len(faces) > 1]
        certain = {one: float(one == count) for one in SEVERAL}
        labels = [Label(picture.kind, picture.subject_id, count, certain, abstained=False, attribute=PEOPLE)]
        for instance, face in enumerate(faces, start=1):
            genders = {"woman": round(face.woman, 4), "man": round(face.man, 4)}
            labels.append(self._label(picture, instance, face, GENDER, genders, self.settings.min_probability))
            ages = {name: round(float(np.sum(face.ages[a : b + 1])), 4) for name, (a, b) in AGES.items()}
            labels.append(self._label(picture, instance, face, AGE, ages, self.settings.min_age_probability))
        return labels

    def _label(
        self, picture: Picture, instance: int, face: Face, attribute: str, chances: dict[str, float], least: float
    ) -> Label:
        likeliest = max(chances, key=chances.__getitem__)
        abstained = face.side < self.settings.min_face or chances[likeliest] < least
        value = None if abstained else likeliest
        return Label(picture.kind, picture.subject_id, value, chances, abstained, instance, attribute)


def create(recipe: AuditRecipe, pairing: Callable[[], TextEmbedder]) -> FacesAnnotator:
    """Return the annotator of `recipe`. Raises ModelError where the extra `faces` is not installed."""
    return FacesAnnotator(recipe.faces)
