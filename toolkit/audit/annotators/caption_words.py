"""What a caption says about the people in it, by its words alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from toolkit.audit.annotators.annotator import Label, Picture, TextEmbedder
from toolkit.audit.recipe import GENDER, AuditRecipe
from toolkit.caption_words import gender_named


class CaptionWords:
    """Reads which gender a caption names; abstains where it names none or both. It never looks at the picture."""

    name = "caption-words"
    version = "1"
    attribute = GENDER
    values = ("woman", "man")
    kinds = frozenset({"pair"})
    needs_embedding = False

    def annotate(self, pictures: Sequence[Picture]) -> list[Label]:
        """Return one label for every caption."""
        labels = []
        for one in pictures:
            named = one.gender or gender_named(one.caption)
            probabilities = {value: float(value == named) for value in self.values} if named else {}
            labels.append(Label(one.kind, one.subject_id, named, probabilities, named is None))
        return labels


def create(recipe: AuditRecipe, pairing: Callable[[], TextEmbedder]) -> CaptionWords:
    """Return the annotator; it needs neither settings nor a network."""
    return CaptionWords()
