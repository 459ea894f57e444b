"""One annotator that reads several attributes, made of several that read one each."""

from __future__ import annotations

from collections.abc import Sequence

from toolkit.audit.annotators.annotator import Annotator, Label, Picture


class SeveralAttributes:
    """Reads what each of its parts reads; they share a name, a version and what they need."""

    def __init__(self, parts: Sequence[Annotator]) -> None:
        first = parts[0]
        self.parts = tuple(parts)
        self.name, self.version, self.kinds = first.name, first.version, first.kinds
        self.attribute, self.values = first.attribute, first.values
        self.needs_embedding = first.needs_embedding
        self.attributes = tuple(one.attribute for one in parts)

    def annotate(self, pictures: Sequence[Picture]) -> list[Label]:
        """Return the labels of every part, one part after the other, each with its attribute."""
        return [label._replace(attribute=part.attribute) for part in self.parts for label in part.annotate(pictures)]


def together(parts: Sequence[Annotator]) -> Annotator:
    """Return `parts` as one annotator: the only one as it is."""
    return parts[0] if len(parts) == 1 else SeveralAttributes(parts)
