"""What measures are taken of: the pictures of an audit and what was read in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from toolkit.audit.annotators.annotator import TextEmbedder
from toolkit.audit.calibration import Confusion
from toolkit.audit.embeddings import Embeddings
from toolkit.audit.measuring.readings import Readings
from toolkit.audit.measuring.tallies import Place, Tallies, count_labels
from toolkit.audit.references import Reference
from toolkit.audit.subjects import ALL, Subject


class Evidence(NamedTuple):
    """`subjects` and their `readings`, the `tallies` of these, and the `confidence` of intervals, in (0, 1).

    `corrections` holds the confusion that corrects what an annotator read of an attribute in a subject's pictures, by
    (annotator, attribute, subject). `embeddings` are those of the pictures, where a pairing network read them, and
    `texts` is that network, for texts; None where there is none. `references` is what was published about a slice, by
    slice.
    """

    subjects: Sequence[Subject]
    readings: Sequence[Readings]
    tallies: Tallies
    confidence: float = 0.95
    corrections: Mapping[tuple[str, str, str], Confusion] = {}
    embeddings: Embeddings | None = None
    texts: TextEmbedder | None = None
    references: Mapping[str, tuple[Reference, ...]] = {}

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
        tallies = count_labels(subjects, readings)
        return cls(subjects, readings, tallies, confidence, corrections or {}, embeddings, texts, references or {})

    def concepts_of(self, place: Place) -> int:
        """Return how many concepts the pictures at `place` are of: one in a slice, all slices together in all."""
        if place.slice != ALL:
            return 1
        same = place._replace(slice="")
        return max(1, sum(one._replace(slice="") == same for one in self.tallies.counts) - 1)
