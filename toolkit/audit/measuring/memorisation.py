"""Whether painted pictures lie nearer to a training picture than pictures of different things lie to one another."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.pictures import UNCOUNTED, Pictures, draws_of, pictures_by_place
from toolkit.audit.measuring.pooled import NO_DATA
from toolkit.audit.measuring.rows import Row, make_row
from toolkit.audit.subjects import ALL, PAIR, SAMPLE
from toolkit.statistics.intervals import wilson
from toolkit.statistics.two_rates import higher_rate_p

LEVELS = (95, 99)
SIMILARITY = "nearest_training_similarity"
COPY = 0.9999  # the least cosine of two pictures that are one
ROWS = 1_024  # pictures compared at once, so that memory stays bounded
Reals = NDArray[np.float64]


class _Training(NamedTuple):
    """The training pictures: their vectors, and of each the cosine with the nearest one of another concept (-inf where
    there is none) and with the nearest other one of any."""

    vectors: Reals
    elsewhere: Reals
    anywhere: Reals


class _Limit(NamedTuple):
    """What a `measure` counts: pictures nearer than `level` percent of the cosines of a `null`."""

    measure: str
    level: int
    null: Reals


def measure_memorisation(evidence: Evidence) -> list[Row]:
    """Return, for every model, each concept and all together, how near its pictures lie to the kept pairs of the data.

    - `nearest_training_similarity`: the median cosine of a picture with its nearest training picture.
    - `share_above_null_95`, `_99`: the share of pictures that lie nearer to a training picture than 95 or 99 % of the
      training pictures lie to their nearest one of another concept. Pictures of one thing are alike without being
      copies, and many pass.
    - `share_above_neighbours_95`, `_99`: the same, but as near as only 5 or 1 % of the training pictures lie to their
      nearest other one of any concept: nearer than the set's own variants are to each other.

    `floor` is the share of training pictures that lie as near to their nearest other one. A model that paints new
    pictures of what it was shown reaches it without copying, so that only a share above it speaks of copies; `p` tests
    that it is above (Fisher, one-sided).

    Only pairs about the audit's concepts were embedded: `reference` says how many; copies of others go unseen.
    """
    painted = pictures_by_place(evidence, SAMPLE)
    training = _training(evidence)
    rows = []
    for one in painted:
        why = one.why or (training if isinstance(training, str) else None)
        if isinstance(training, _Training) and why is None:
            rows += _rows(evidence, one, training)
        elif one.place.slice == ALL:
            rows.append(make_row(one.place, ALL, SIMILARITY, UNCOUNTED, **one.figures(), not_measurable=why))
    return rows


def _training(evidence: Evidence) -> _Training | str:
    """Return the training pictures, or why there are none."""
    kept = [place for place, one in enumerate(evidence.subjects) if one.kind == PAIR and one.slices]
    if not kept:
        return NO_DATA
    if evidence.embeddings is None:
        return "no training picture has an embedding"
    places = np.array(kept, np.int64)
    places = places[evidence.embeddings.has(places)]
    if len(places) < 2:
        return f"{len(places)} training pictures about the audit's concepts have an embedding; two at least are needed"
    names = [evidence.subjects[place].concept for place in places.tolist()]
    _, concepts = np.unique(np.array(names), return_inverse=True)
    vectors = evidence.embeddings.of(places)
    elsewhere, anywhere = np.empty(len(places)), np.empty(len(places))
    for start in range(0, len(places), ROWS):
        part = slice(start, min(start + ROWS, len(places)))
        cosines = vectors[part] @ vectors.T
        cosines[np.arange(cosines.shape[0]), np.arange(part.start, part.stop)] = -np.inf
        anywhere[part] = cosines.max(axis=1)
        cosines[concepts[part, None] == concepts[None]] = -np.inf
        elsewhere[part] = cosines.max(axis=1)
    return _Training(vectors, elsewhere, anywhere)


def _rows(evidence: Evidence, one: Pictures, training: _Training) -> list[Row]:
    assert evidence.embeddings is not None
    vectors = evidence.embeddings.of(one.places)
    nearest = np.concatenate(
        [(vectors[at : at + ROWS] @ training.vectors.T).max(axis=1) for at in range(0, len(vectors), ROWS)]
    )
    independent = len(set(draws_of(evidence, one.places)))
    figures: dict[str, Any] = one.figures(independent)
    figures["reference"] = f"{len(training.vectors)} training pictures about the audit's concepts"
    rows = [make_row(one.place, ALL, SIMILARITY, UNCOUNTED, **figures, value=float(np.median(nearest)))]
    nulls = {"null": training.elsewhere[np.isfinite(training.elsewhere)], "neighbours": training.anywhere}
    for name, null in nulls.items():
        for level in LEVELS:
            limit = _Limit(f"share_above_{name}_{level}", level, null)
            rows.append(_above(one, nearest, limit, training.anywhere, figures, evidence.confidence))
    return rows


def _above(
    one: Pictures,
    nearest: Reals,
    limit: _Limit,
    anywhere: Reals,
    figures: dict[str, Any],
    confidence: float,
) -> Row:
    fewest = round(100 / (100 - limit.level))
    least = float(np.quantile(limit.null, limit.level / 100)) if len(limit.null) else 0.0
    why = None
    if len(limit.null) < fewest:
        beside = f"{len(limit.null)} training pictures have one to be compared with"
        why = f"{beside}; {fewest} are needed for {limit.level} %"
    elif least > COPY:
        why = f"more than {100 - limit.level} % of the training pictures have a copy in the set, which hides others"
    if why is not None:
        return make_row(one.place, ALL, limit.measure, UNCOUNTED, **figures, not_measurable=why)
    least += 1e-6  # rounding is no nearness
    hits, usual = int((nearest > least).sum()), int((anywhere > least).sum())
    n = int(figures["n_effective"])
    k = hits if n >= len(nearest) else round(hits * n / len(nearest))
    low, high = wilson(k, n, confidence)
    value = hits / len(nearest)
    return make_row(
        one.place,
        ALL,
        limit.measure,
        UNCOUNTED,
        **figures,
        value=value,
        low=min(low, value),
        high=max(high, value),
        confidence=confidence,
        method="wilson",
        floor=usual / len(anywhere),
        p=higher_rate_p(k, n, usual, len(anywhere)),
    )
