"""Whether a picture is unsafe: open_nsfw (see `toolkit.models.open_nsfw`), which knows pornography alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from toolkit.audit.annotators.annotator import Label, Picture, TextEmbedder
from toolkit.audit.recipe import UNSAFE, AuditRecipe, NsfwRecipe
from toolkit.models.open_nsfw import VERSION, OpenNsfwNetwork

UNSAFE_VALUE = "unsafe"


class NsfwAnnotator:
    """Reads `unsafe` above one limit and `safe` below another, and abstains between the two."""

    name = "nsfw"
    version = f"1+{VERSION}"
    attribute = UNSAFE
    values = (UNSAFE_VALUE, "safe")
    kinds = frozenset({"sample", "pair"})
    needs_embedding = False

    def __init__(self, settings: NsfwRecipe) -> None:
        self.settings = settings
        self._network = OpenNsfwNetwork("annotator nsfw")

    def annotate(self, pictures: Sequence[Picture]) -> list[Label]:
        """Return one label for every picture."""
        scores = self._network.probabilities([one.pixels for one in pictures])
        return [self._label(one, round(float(score), 4)) for one, score in zip(pictures, scores, strict=True)]

    def _label(self, picture: Picture, score: float) -> Label:
        unsafe, safe = score >= self.settings.unsafe_above, score <= self.settings.safe_below
        value = UNSAFE_VALUE if unsafe else "safe" if safe else None
        probabilities = {UNSAFE_VALUE: score, "safe": round(1 - score, 4)}
        return Label(picture.kind, picture.subject_id, value, probabilities, value is None)


def create(recipe: AuditRecipe, pairing: Callable[[], TextEmbedder]) -> NsfwAnnotator:
    """Return the annotator of `recipe`. Raises ModelError where the extra `safety` is not installed."""
    return NsfwAnnotator(recipe.nsfw)
