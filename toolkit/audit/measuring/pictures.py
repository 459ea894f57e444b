"""Pictures by subject and concept, for measures of the pictures themselves rather than of what was read in them."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.tallies import Place, Tally
from toolkit.audit.subjects import ALL

PICTURES = "pictures"  # the attribute of such measures
PAIRING = "pairing network"  # who sees the pictures
NO_EMBEDDINGS = "no picture has an embedding: no annotator of this audit reads them, or the labels were made without"


class Pictures(NamedTuple):
    """The pictures of one kind of subject in one slice of one origin.

    `places` (n,) are those that have an embedding, places in the list of subjects; `without` is how many have none, and
    `why` says why nothing can be measured, if so.
    """

    place: Place
    places: NDArray[np.int64]
    without: int
    why: str | None

    def figures(self, independent: int | None = None) -> dict[str, object]:
        """Return n, n_effective and abstained for a row about them."""
        count = len(self.places)
        return {
            "n": count,
            "n_effective": float(count if independent is None else min(count, independent)),
            "abstained": self.without,
        }


UNCOUNTED = Tally()


def pictures_by_place(evidence: Evidence, *kinds: str) -> list[Pictures]:
    """Return the pictures of subjects of `kinds`, by origin and slice, each concept and all, in order.

    Where there are no embeddings at all, all of an origin together alone, to say so once.
    """
    if evidence.embeddings is None:
        counts = Counter(one.origin for one in evidence.subjects if one.kind in kinds and one.slices)
        none = np.zeros(0, np.int64)
        return [
            Pictures(Place(origin, ALL, PICTURES, PAIRING), none, count, NO_EMBEDDINGS)
            for origin, count in sorted(counts.items())
        ]
    found = []
    for (origin, name), places in places_by_origin(evidence, *kinds).items():
        has = evidence.embeddings.has(places)
        why = None if has.any() else f"none of {len(places)} pictures could be embedded"
        found.append(Pictures(Place(origin, name, PICTURES, PAIRING), places[has], int((~has).sum()), why))
    return found


def places_by_origin(evidence: Evidence, *kinds: str) -> dict[tuple[str, str], NDArray[np.int64]]:
    """Return where the subjects of `kinds` stand, by origin and slice, each concept and all, in order."""
    groups: dict[tuple[str, str], list[int]] = {}
    for place, one in enumerate(evidence.subjects):
        if one.kind in kinds and one.slices:
            for name in dict.fromkeys((*one.slices, ALL)):
                groups.setdefault((one.origin, name), []).append(place)
    return {key: np.array(some, np.int64) for key, some in sorted(groups.items())}


def draws_of(evidence: Evidence, places: NDArray[np.int64]) -> list[object]:
    """Return for each picture what is equal for those painted from the same noise."""
    seeds = (evidence.subjects[place].seed for place in places.tolist())
    return [("alone", place) if seed is None else seed for place, seed in zip(places.tolist(), seeds, strict=True)]
