"""The pairs of a data run corrected for what annotators get wrong, all sources together, to be held against a model."""

from __future__ import annotations

from collections.abc import Mapping

from toolkit.audit.calibration import Confusion, pooled
from toolkit.audit.measuring.correction import correct_all
from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.pooled import DATA_KINDS, POOLED
from toolkit.audit.measuring.tallies import Place, Tallies, Tally
from toolkit.audit.subjects import DATA, RAW
from toolkit.statistics.confusion import Corrected

UNKNOWN = (
    "the model's pictures are corrected and the data's cannot be: name under `domains` whose known pictures those of "
    "each source are like"
)


def correct_pairs(evidence: Evidence, counts: Mapping[Place, Tally]) -> dict[Place, Corrected | str]:
    """Return the corrected shares of `counts` of pairs (see `count_pairs`), or why there are none.

    An annotator's errors are known where they are for every source of the pairs; those of all sources are then pooled.
    Other places are absent. Pairs are all there are, but their labels err as those of drawn ones.
    """
    known = {
        key: one
        for key in {(place.annotator, place.attribute) for place in counts}
        if (one := known_errors(evidence, key))
    }
    chosen = {(*key, POOLED): one for key, one in known.items()}
    return correct_all(Tallies(dict(counts), {}), chosen, evidence.confidence)


def known_errors(evidence: Evidence, ruler: tuple[str, str]) -> Confusion | None:
    """Return the confusion of an annotator and attribute over all sources of pairs; None where one has none."""
    origins = {
        DATA + one.origin.removeprefix(RAW).removeprefix(DATA)
        for one in evidence.subjects
        if one.kind in DATA_KINDS and one.slices
    }
    found: dict[str, Confusion] = {}
    for origin in sorted(origins):
        one = evidence.corrections.get((*ruler, origin))
        if one is None:
            return None
        found[one.identity] = one
    together: Confusion | None = None
    for one in found.values():
        together = one if together is None else pooled(together, one)
    return together
