"""Attributes read by asking a network about the picture: which of the given answers does it give?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from toolkit.audit.annotators.annotator import Label, Picture, TextEmbedder, rounded
from toolkit.audit.recipe import AuditRecipe, Question, VqaRecipe

if TYPE_CHECKING:
    from toolkit.models.visual_questions import Answering


class VqaAnnotator:
    """Asks every question of the recipe; the scores of a value's answers are added up, and normalised over the values.

    It abstains where it is not sure, where the network finds none of the answers likely, and on a blank picture.
    """

    name = "vqa"
    kinds = frozenset({"sample", "pair"})
    needs_embedding = False
    longest_side = 384  # pixels, as both families see them

    def __init__(self, settings: VqaRecipe, network: Answering) -> None:
        for one in settings.questions:
            network.check(one.texts)
        self.settings, self._network = settings, network
        self.attributes = tuple(one.attribute for one in settings.questions)
        self.attribute = self.attributes[0]
        self.values = tuple(settings.questions[0].answers)
        self.version = f"1+{network.fingerprint[:8]}"

    def annotate(self, pictures: Sequence[Picture]) -> list[Label]:
        """Return one label for every question and picture."""
        return [label for question in self.settings.questions for label in self._ask(question, pictures)]

    def _ask(self, question: Question, pictures: Sequence[Picture]) -> list[Label]:
        by_text: dict[str, list[Picture]] = {}
        for one in pictures:
            text = " ".join(question.question.replace("{concept}", one.concept).split())
            by_text.setdefault(text, []).append(one)
        labels = []
        for text, some in by_text.items():
            scores = self._network.scores([one.pixels for one in some], text, question.texts)
            labels += [self._label(one, question, row) for one, row in zip(some, scores, strict=True)]
        return labels

    def _label(self, picture: Picture, question: Question, scores: NDArray[np.float64]) -> Label:
        parts = iter(scores)
        sums = np.array([sum(float(next(parts)) for _ in some) for some in question.answers.values()])
        total = float(sums.sum())
        probabilities = rounded(tuple(question.answers), sums / total if total > 0 else sums)
        first, second = sorted(probabilities.values(), reverse=True)[:2]
        settings = self.settings
        unsure = first < settings.min_probability or round(first - second, 4) < settings.min_margin
        unlikely = round(total, 4) < settings.min_score
        blank = float(picture.pixels.std()) < settings.blank_deviation
        abstained = unsure or unlikely or blank
        value = None if abstained else max(probabilities, key=probabilities.__getitem__)
        return Label(picture.kind, picture.subject_id, value, probabilities, abstained, attribute=question.attribute)


def create(recipe: AuditRecipe, pairing: Callable[[], TextEmbedder]) -> VqaAnnotator:
    """Return the annotator of `recipe`, loading its network. Raises ModelError where it cannot be had, or can never
    give an answer that is asked for."""
    from toolkit.models.visual_questions import load_answering  # torch and transformers are slow to import

    settings = recipe.vqa
    network = load_answering(settings.network, device=recipe.device, allow_pickle=settings.allow_pickle)
    return VqaAnnotator(settings, network)
