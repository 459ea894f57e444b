"""The training picture that each painted one lies nearest to, and how unusual that is among training pictures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.audit.embeddings import Embeddings, read_embeddings
from toolkit.audit.subjects import pairs_named
from toolkit.held_out import HeldOut, held_out_of
from toolkit.report.subjects import DATA, Picture
from toolkit.report.wording import percent
from toolkit.store import RunFolder

MOST_NULL = 2_000  # training pictures that the null is made of: more take long and say no more
ROWS = 1_024  # pictures compared at once, so that memory stays bounded
Vectors = NDArray[np.float32]
Reals = NDArray[np.float64]
Places = NDArray[np.int64]


class Training(NamedTuple):
    """The training pictures of a model with their unit vectors (n, d).

    `null` are cosines of training pictures with the nearest other one, ascending, of at most 2,000 of them; `held_out`
    those of pictures that training did not see with the nearest that it did, None where nothing says which they are.
    """

    pictures: tuple[Picture, ...]
    vectors: Vectors
    null: Reals
    held_out: Reals | None


class Near(NamedTuple):
    """A `painted` picture and the `training` picture that it lies nearest to, at a cosine of `similarity`.

    `beyond` is the share of the null, in [0, 1], that lies less near; `beyond_held_out` that of pictures which training
    did not see, None where these are not known.
    """

    painted: Picture
    training: Picture
    similarity: float
    beyond: float
    beyond_held_out: float | None

    def words(self) -> str:
        """Return "similarity 0.97, nearer than 99.2 % of training pictures lie to their nearest other one"."""
        said = f"similarity {self.similarity:.3f}, nearer than {percent(self.beyond)} of training pictures lie to their"
        said += " nearest other one"
        if self.beyond_held_out is None:
            return said
        return f"{said}, and than {percent(self.beyond_held_out)} of pictures that training did not see"


def training_of(run: RunFolder, pictures: Iterable[Picture], model: str) -> Training | str:
    """Return the training pictures of `model` among `pictures` (those of the data about the audit's concepts, as
    memorisation is measured with), or why there are none."""
    unique = {one.subject_id: one for one in pictures if one.kind == "pair"}
    known = [unique[name] for name in sorted(unique)]
    holder = run.find("embeddings")
    if not known:
        return "no pictures of the data were audited; audit with --data and the run that `tain curate` wrote"
    embedded = None if holder is None else read_embeddings(holder, known)
    if embedded is None:
        return "no picture of the data has an embedding; audit again, with an annotator that reads them, such as clip"
    has = embedded.has(np.arange(len(known)))
    known = [one for one, kept in zip(known, has.tolist(), strict=True) if kept]
    vectors = embedded.vectors[embedded.row[has]]
    kept_out = held_out_of(model)
    unseen = _unseen(run, known, kept_out)
    seen = [one for one, kept in zip(known, (~unseen).tolist(), strict=True) if kept]
    if len(seen) < 2:
        return f"{len(seen)} training pictures have an embedding; two at least are needed"
    trained = vectors[~unseen]
    null = np.sort(nearest_other(trained, MOST_NULL))
    held_out = None if kept_out is None or not unseen.any() else np.sort(nearest(vectors[unseen], trained)[0])
    return Training(tuple(seen), trained, null, held_out)


def _unseen(run: RunFolder, known: Sequence[Picture], kept_out: HeldOut | None) -> NDArray[np.bool_]:
    if kept_out is None:
        return np.zeros(len(known), np.bool_)
    subjects = {one.subject_id: one for one in pairs_named(run, [one.subject_id for one in known])}
    found = [subjects.get(one.subject_id) for one in known]
    return np.array(
        [one is not None and kept_out.holds(one.trained_as, one.origin.removeprefix(DATA)) for one in found], np.bool_
    )


def nearest_training(run: RunFolder, painted: Iterable[Picture], training: Training) -> list[Near]:
    """Return the nearest of the `training` pictures of each of `painted` that has an embedding, each once; those that
    lie nearest first."""
    unique = {one.subject_id: one for one in painted if one.kind == "sample"}
    pictures, holder = list(unique.values()), run.find("embeddings")
    embedded: Embeddings | None = None if holder is None else read_embeddings(holder, pictures)
    if embedded is None:
        return []
    has = embedded.has(np.arange(len(pictures)))
    some = [one for one, kept in zip(pictures, has.tolist(), strict=True) if kept]
    cosines, places = nearest(embedded.vectors[embedded.row[has]], training.vectors)
    found = [
        Near(one, training.pictures[place], cosine, below(training.null, cosine), _below(training.held_out, cosine))
        for one, cosine, place in zip(some, cosines.tolist(), places.tolist(), strict=True)
    ]
    return sorted(found, key=lambda one: (-one.similarity, one.painted.subject_id))


def nearest(vectors: Vectors, among: Vectors) -> tuple[Reals, Places]:
    """Return of each of the unit `vectors` (n, d) the greatest cosine with any `among` (m, d), float64 (n,), and the
    place of that one, int64 (n,); the first of several. m is at least 1."""
    cosines, places = np.empty(len(vectors)), np.empty(len(vectors), np.int64)
    for start in range(0, len(vectors), ROWS):
        part = vectors[start : start + ROWS] @ among.T
        places[start : start + ROWS] = part.argmax(axis=1)
        cosines[start : start + ROWS] = part.max(axis=1)
    return cosines, places


def nearest_other(vectors: Vectors, most: int) -> Reals:
    """Return the greatest cosine with another of them of each of `most` unit `vectors` (n, d), n at least 2, spread
    evenly over their order; of all where there are no more."""
    chosen = np.unique(np.linspace(0, len(vectors) - 1, min(most, len(vectors))).round().astype(np.int64))
    found = np.empty(len(chosen))
    for start in range(0, len(chosen), ROWS):
        some = chosen[start : start + ROWS]
        part = vectors[some] @ vectors.T
        part[np.arange(len(some)), some] = -np.inf
        found[start : start + ROWS] = part.max(axis=1)
    return found


def below(null: Reals, value: float) -> float:
    """Return the share of `null`, ascending and of one at least, that is less than `value`, in [0, 1]."""
    return int(np.searchsorted(null, value, side="left")) / len(null)


def _below(null: Reals | None, value: float) -> float | None:
    return None if null is None else below(null, value)
