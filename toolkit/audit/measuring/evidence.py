"""What measures are taken of: the pictures of an audit and what was read in them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from toolkit.audit.annotators.annotator import TextEmbedder
from toolkit.audit.calibration import Confusion
from toolkit.audit.content import Content
from toolkit.audit.embeddings import Embeddings
from toolkit.audit.measuring.correction import correct_all
from toolkit.audit.measuring.readings import Readings
from toolkit.audit.measuring.tallies import Place, Tallies, count_labels
from toolkit.audit.references import Reference
from toolkit.audit.reviews import Verdict
from toolkit.audit.subjects import Subject
from toolkit.held_out import HeldOut
from toolkit.statistics.confusion import Corrected


class Evidence(NamedTuple):
    """`subjects` and their `readings`, the `tallies` of these, and the `confidence` of intervals, in (0, 1).

    `corrections` holds the confusion that corrects what an annotator read of an attribute in a subject's pictures, by
    (annotator, attribute, subject). `embeddings` are those of the pictures, where a pairing network read them, and
    `texts` is that network, for texts; None where there is none. `references` is what was published about a slice, by
    slice. `corrected` holds the corrected shares of every place that has a correction, or why there are none.
    `intersections` are pairs of attributes to look at together, `doubted` the (annotator, attribute) that are not shown
    to be reliable. `content` holds what pixels say of the pictures; None where they were not scored.
    `features` are vectors of a network of the recipe's, for distances alone; None where it names none.
    `held_out` is what the training of a model kept out, by model, where that is known. `people`
    are readings of every person where an annotator labels several in a picture. `verdicts` are those of people on
    pictures drawn at random, by place in `subjects` and attribute.
    """

    subjects: Sequence[Subject]
    readings: Sequence[Readings]
    tallies: Tallies
    confidence: float = 0.95
    corrections: Mapping[tuple[str, str, str], Confusion] = {}
    embeddings: Embeddings | None = None
    texts: TextEmbedder | None = None
    references: Mapping[str, tuple[Reference, ...]] = {}
    corrected: Mapping[Place, Corrected | str] = {}
    intersections: Sequence[tuple[str, str]] = ()
    doubted: Collection[tuple[str, str]] = ()
    content: Content | None = None
    features: Embeddings | None = None
    held_out: Mapping[str, HeldOut] = {}
    people: Sequence[Readings] = ()
    verdicts: Mapping[tuple[int, str], Verdict] = {}

    @classmethod
    def of(
        cls,
        subjects: Sequence[Subject],
        readings: Sequence[Readings],
        confidence: float = 0.95,
        corrections: Mapping[tuple[str, str, str], Confusion] | None = None,
        *,
        embeddings: Embeddings | None = None,
        texts: TextEmbedder | None = None,
        references: Mapping[str, tuple[Reference, ...]] | None = None,
    ) -> Evidence:
        """Return the evidence that `readings` of `subjects` are."""
        tallies, given = count_labels(subjects, readings), corrections or {}
        corrected = correct_all(tallies, given, confidence)
        return cls(subjects, readings, tallies, confidence, given, embeddings, texts, references or {}, corrected)

    def confusion_at(self, place: Place) -> Confusion:
        """Return the confusion that corrects `place`. Raises KeyError where none does."""
        return self.corrections[place.annotator, place.attribute, place.subject]
