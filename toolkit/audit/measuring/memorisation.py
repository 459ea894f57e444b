"""Whether painted pictures lie nearer to a training picture than pictures of different things lie to one another."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.audit.measuring.evidence import Evidence
from toolkit.audit.measuring.pictures import UNCOUNTED, Pictures, draws_of, pictures_by_place
from toolkit.audit.measuring.pooled import NO_DATA
from toolkit.audit.measuring.rows import Row, make_row
from toolkit.audit.subjects import ALL, DATA, PAIR, SAMPLE, Subject
from toolkit.held_out import HeldOut
from toolkit.statistics.intervals import wilson
from toolkit.statistics.two_rates import higher_rate_p

LEVELS = (95, 99)
SIMILARITY = "nearest_training_similarity"
COPY = 0.9999  # the least cosine of two pictures that are one
ROWS = 1_024  # pictures compared at once, so that memory stays bounded
Reals = NDArray[np.float64]


class _Training(NamedTuple):
    """The training pictures: their vectors, and of each the cosine with the nearest one of another concept (-inf where
    there is none) and with the nearest other one of any. `held_out` are the cosines with the nearest of them of the
    pictures that training did not see, None where nothing says which those are; `start` is what it went on from."""

    vectors: Reals
    elsewhere: Reals
    anywhere: Reals
    held_out: Reals | None
    start: str | None


class _Limit(NamedTuple):
    """What a `measure` counts: pictures nearer than `level` percent of the cosines of a `null`; `reference` names it.

    `usual` are the cosines whose share beyond that is the floor.
    """

    measure: str
    level: int
    null: Reals
    usual: Reals
    reference: str


def measure_memorisation(evidence: Evidence) -> list[Row]:
    """Return, for every model, each concept and all together, how near its pictures lie to the kept pairs of the data.

    - `nearest_training_similarity`: the median cosine of a picture with its nearest training picture.
    - `share_above_null_95`, `_99`: the share of pictures that lie nearer to a training picture than 95 or 99 % of the
      training pictures lie to their nearest one of another concept. Pictures of one thing are alike without being
      copies, and many pass.
    - `share_above_neighbours_95`, `_99`: the same, but as near as only 5 or 1 % of the training pictures lie to their
      nearest other one of any concept: nearer than the set's own variants are to each other.

    - `share_above_held_out_95`, `_99`: the same, as near as 5 or 1 % of the pictures of the data lie that its training
      did not see, where the model's record (training.json) says which those are: what a new picture of the same kind
      shows. Pictures that it did not see are then none of the training pictures. `reference` says which null it is.

    `floor` is the share of training pictures that lie as near to their nearest other one; of held-out ones where these
    are the null. A model that paints new pictures of what it was shown reaches it without copying, so that only a share
    above it speaks of copies; `p` tests that it is above (Fisher, one-sided).

    Only pairs about the audit's concepts were embedded: `reference` says how many; copies of others go unseen.
    """
    painted = pictures_by_place(evidence, SAMPLE)
    found: dict[HeldOut | None, _Training | str] = {}
    rows = []
    for one in painted:
        kept_out = evidence.held_out.get(one.place.subject)
        if kept_out not in found:
            found[kept_out] = _training(evidence, kept_out)
        training = found[kept_out]
        why = one.why or (training if isinstance(training, str) else None)
        if isinstance(training, _Training) and why is None:
            rows += _rows(evidence, one, training)
        elif one.place.slice == ALL:
            rows.append(make_row(one.place, ALL, SIMILARITY, UNCOUNTED, **one.figures(), not_measurable=why))
    return rows


def _training(evidence: Evidence, kept_out: HeldOut | None) -> _Training | str:
    """Return the training pictures, or why there are none."""
    kept = [place for place, one in enumerate(evidence.subjects) if one.kind == PAIR and one.slices]
    if not kept:
        return NO_DATA
    if evidence.embeddings is None:
        return "no training picture has an embedding"
    places = np.array(kept, np.int64)
    places = places[evidence.embeddings.has(places)]
    unseen = np.array([_is_unseen(evidence.subjects[place], kept_out) for place in places.tolist()], np.bool_)
    held_out, places = places[unseen], places[~unseen]
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
    nearest = None if kept_out is None else _nearest(evidence.embeddings.of(held_out), vectors)
    return _Training(vectors, elsewhere, anywhere, nearest, None if kept_out is None else kept_out.start)


def _is_unseen(one: Subject, kept_out: HeldOut | None) -> bool:
    return kept_out is not None and kept_out.holds(one.trained_as, one.origin.removeprefix(DATA))


def _nearest(pictures: Reals, training: Reals) -> Reals:
    """Return the cosine of each picture with the nearest training picture."""
    found = [(pictures[at : at + ROWS] @ training.T).max(axis=1) for at in range(0, len(pictures), ROWS)]
    return np.concatenate(found) if found else np.zeros(0)


def _rows(evidence: Evidence, one: Pictures, training: _Training) -> list[Row]:
    assert evidence.embeddings is not None
    vectors = evidence.embeddings.of(one.places)
    nearest = _nearest(vectors, training.vectors)
    independent = len(set(draws_of(evidence, one.places)))
    figures: dict[str, Any] = one.figures(independent)
    figures["reference"] = f"{len(training.vectors)} training pictures about the audit's concepts"
    rows = [make_row(one.place, ALL, SIMILARITY, UNCOUNTED, **figures, value=float(np.median(nearest)))]
    for name, null, usual, reference in _nulls(training, figures["reference"]):
        for level in LEVELS:
            limit = _Limit(f"share_above_{name}_{level}", level, null, usual, reference)
            rows.append(_above(one, nearest, limit, figures, evidence.confidence))
    return rows


def _nulls(training: _Training, counts: str) -> list[tuple[str, Reals, Reals, str]]:
    """Return the name of each null, its cosines, those of the floor, and what rows say of it."""
    elsewhere = training.elsewhere[np.isfinite(training.elsewhere)]
    found = [
        ("null", elsewhere, training.anywhere, counts),
        ("neighbours", training.anywhere, training.anywhere, counts),
    ]
    if training.held_out is not None:
        said = f"{counts}; null: {len(training.held_out)} pictures that training did not see"
        said += f", though {training.start}, which it went on from, may have" if training.start else ""
        found.append(("held_out", training.held_out, training.held_out, said))
    return found


def _above(
    one: Pictures,
    nearest: Reals,
    limit: _Limit,
    figures: dict[str, Any],
    confidence: float,
) -> Row:
    fewest, figures = round(100 / (100 - limit.level)), figures | {"reference": limit.reference}
    least = float(np.quantile(limit.null, limit.level / 100)) if len(limit.null) else 0.0
    why = None
    if len(limit.null) < fewest:
        kind = "held-out" if limit.measure.startswith("share_above_held_out") else "training"
        beside = f"{len(limit.null)} {kind} pictures have one to be compared with"
        why = f"{beside}; {fewest} are needed for {limit.level} %"
    elif least > COPY:
        why = f"more than {100 - limit.level} % of the training pictures have a copy in the set, which hides others"
    if why is not None:
        return make_row(one.place, ALL, limit.measure, UNCOUNTED, **figures, not_measurable=why)
    least += 1e-6  # rounding is no nearness
    hits, usual = int((nearest > least).sum()), int((limit.usual > least).sum())
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
        floor=usual / len(limit.usual),
        p=higher_rate_p(k, n, usual, len(limit.usual)),
    )
