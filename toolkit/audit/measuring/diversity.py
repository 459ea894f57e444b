"""How different a model's pictures are from one another, and the data's, by their embeddings."""

from __future__ import annotations

import numpy as np

from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.pictures import UNCOUNTED, Pictures, pictures_by_place
from toolkit.audit.measuring.rows import Row, make_row
from toolkit.audit.measuring.tallies import is_census
from toolkit.audit.subjects import ALL, PAIR, SAMPLE
from toolkit.statistics.diversity import similarity_interval, vendi_at, vendi_interval

VENDI, ALIKE = "vendi", "intra_prompt_similarity"
FEWEST = 8  # pictures, below which diversity says little
MOST = 64  # pictures in a subset: more take long and say no more


def measure_diversity(evidence: Evidence) -> list[Row]:
    """Return, for every subject, each concept and all together:

    - `vendi`: the mean Vendi score of subsets of one size, which `reference` names: the smallest number of pictures of
      any concept of any subject that has at least 8, at most 64; so all figures of an audit compare. 1 where all
      pictures are equal, up to the size of a subset. A concept of fewer than 8 pictures is not measured.
    - `intra_prompt_similarity` of a model: the mean cosine of two pictures of one prompt, over prompts of at least two.

    Intervals redraw pictures; those of a dataset are all there is, and have none.
    """
    found = pictures_by_place(evidence, SAMPLE, PAIR)
    sizes = [len(one.places) for one in found if one.place.slice != ALL and len(one.places) >= FEWEST]
    size = min(MOST, *sizes) if sizes else 0
    rows = []
    for one in found:
        rows.append(_vendi(evidence, one, size))
        if not is_census(one.place.subject):
            rows.append(_alike(evidence, one))
    return rows


def _vendi(evidence: Evidence, one: Pictures, size: int) -> Row:
    count = len(one.places)
    if one.why or evidence.embeddings is None or count < FEWEST or not size:
        why = one.why or f"{count} pictures of a concept; {FEWEST} at least are needed"
        return make_row(one.place, ALL, VENDI, UNCOUNTED, **one.figures(), not_measurable=why)
    vectors = evidence.embeddings.of(one.places)
    figures = {"reference": f"subsets of {size} pictures"}
    if is_census(one.place.subject):
        return make_row(one.place, ALL, VENDI, UNCOUNTED, **one.figures(), **figures, value=vendi_at(vectors, size))
    value, low, high = vendi_interval(vectors, size, evidence.confidence)
    return make_row(
        one.place,
        ALL,
        VENDI,
        UNCOUNTED,
        **one.figures(),
        **figures,
        value=value,
        low=low,
        high=high,
        confidence=evidence.confidence,
        method="bootstrap of pictures, normal",
    )


def _alike(evidence: Evidence, one: Pictures) -> Row:
    prompts: dict[str, list[int]] = {}
    for place in one.places.tolist():
        prompts.setdefault(evidence.subjects[place].caption, []).append(place)
    several = [np.array(some) for some in prompts.values() if len(some) > 1]
    if one.why or evidence.embeddings is None or not several:
        why = one.why or "no prompt has two pictures"
        return make_row(one.place, ALL, ALIKE, UNCOUNTED, **one.figures(), not_measurable=why)
    found = [similarity_interval(evidence.embeddings.of(some), evidence.confidence) for some in several]
    value = float(np.mean([estimate.value for estimate in found]))
    # The ends of the intervals of prompts that were painted independently add as squares.
    down, up = (
        float(np.sqrt(np.sum([(estimate.value - end) ** 2 for estimate, end in zip(found, ends, strict=True)])))
        / len(found)
        for ends in ([estimate.low for estimate in found], [estimate.high for estimate in found])
    )
    return make_row(
        one.place,
        ALL,
        ALIKE,
        UNCOUNTED,
        **one.figures(),
        value=value,
        low=max(-1.0, value - down),
        high=min(1.0, value + up),
        confidence=evidence.confidence,
        method="bootstrap of pictures",
    )
