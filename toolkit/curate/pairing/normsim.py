"""NormSim: how much a picture is like those of a target set, by embeddings alone.

Wang et al. (arXiv 2405.19547), section 3.2. With the unit vectors f(x) of pictures and a target set T:

    NormSim_p(T, x) = (sum over t in T of |f(t) . f(x)|^p)^(1/p)
    NormSim_inf(T, x) = max over t in T of |f(t) . f(x)|

NormSim_2 is the root of x' G x with G the sum of t t', so that T is read once and only G is kept.

Without a target, the data are their own (NormSim_2-D, the paper's appendix; load_uids_with_vas_d_filter of its code):
in equal steps, the rows least like the rows that are left go, and G is made of those that stay.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit.curate.duplicates.vector_file import Vectors, vectors_on_disk
from toolkit.curate.pairing.chunks import ROWS as _ROWS
from toolkit.curate.pairing.chunks import chunks
from toolkit.curate.pairing.negclip import complete
from toolkit.curate.pairing.recipe import NormSimRecipe
from toolkit.curate.pairing.target import Target
from toolkit.curate.pairing.top_fraction import below_limit
from toolkit.curate.resources import Embeddings
from toolkit.curate.rule import Reason, Scope, Status, Taken, show

_NOT_YET = "rules on embeddings decide, and are not asked while rows are scored"


def gram(vectors: Vectors) -> NDArray[np.float64]:
    """Return the sum of t t' over the rows t of `vectors` (n, dimension): (dimension, dimension)."""
    total = np.zeros((vectors.shape[1], vectors.shape[1]))
    for _, chunk in chunks(vectors, _ROWS):
        wide = chunk.astype(np.float64)
        total += wide.T @ wide
    return total


def normsim_2(pictures: NDArray[np.float32], target_gram: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return NormSim_2 of each of `pictures` (n, dimension), float64 (n,), to the target whose `gram` is given."""
    wide = pictures.astype(np.float64)
    squares: NDArray[np.float64] = np.einsum("ij,ij->i", wide @ target_gram, wide)
    return np.asarray(np.sqrt(squares.clip(min=0)))


def normsim_inf(pictures: NDArray[np.float32], target: Vectors) -> NDArray[np.float64]:
    """Return NormSim_inf of each of `pictures` (n, dimension), float64 (n,), to `target`, read some at a time."""
    best = np.zeros(len(pictures))
    for _, chunk in chunks(target, _ROWS):
        np.maximum(best, np.abs(pictures @ chunk.T).max(axis=1), out=best)
    return best


class Dynamic(NamedTuple):
    """`stays` (n,) says which rows are left; `score` (n,) is NormSim_2 to the rows that were left, over the root of
    their number, when a row went or at the end; `limit` (n,) the lowest score that stayed then."""

    stays: NDArray[np.bool_]
    score: NDArray[np.float64]
    limit: NDArray[np.float64]


def normsim_dynamic(vectors: Vectors, keep: int, steps: int) -> Dynamic:
    """Return what stays when `vectors` (n, dimension) are thinned to `keep` rows in `steps` equal steps."""
    rows = len(vectors)
    found = Dynamic(np.ones(rows, bool), np.zeros(rows), np.zeros(rows))
    chunk = math.ceil((rows - keep) / steps)
    while (left := np.flatnonzero(found.stays)).size > keep:
        total = np.zeros((vectors.shape[1], vectors.shape[1]))
        for start in range(0, len(left), _ROWS):
            total += gram(vectors[left[start : start + _ROWS]])
        for start in range(0, len(left), _ROWS):
            some = left[start : start + _ROWS]
            found.score[some] = np.round(normsim_2(vectors[some], total / len(left)), 4)
        going = left[np.argsort(found.score[left], kind="stable")[: min(chunk, len(left) - keep)]]
        found.stays[going] = False
        found.limit[left] = found.score[found.stays].min(initial=np.inf)
    return found


@dataclass(frozen=True)
class NormSim:
    """Keeps the rows at hand that are most like the pictures of a target set, as a fraction or from a minimum on."""

    asked: NormSimRecipe
    target: Target
    embeddings: Embeddings | None
    name: str = "pairing_normsim"
    columns: tuple[str, ...] = ("content_id", "pairing_similarity")
    status: Status = "dropped"
    scope: Scope = "global"

    def judge(self, rows: pa.Table) -> Taken:
        """Return the rows below the limit. Raises RunError where an embedding is not in the cache, SourceError where
        the target holds no pictures."""
        text = "picture is like those of the target by {value} (NormSim)"
        return below_limit([self.scores(rows)], self.asked.top_fraction, self.asked.minimum, self.name, text)

    def scores(self, rows: pa.Table) -> NDArray[np.float64]:
        """Return the NormSim of each of `rows`, float64 (n,), rounded to 4 decimals as all scores are."""
        assert self.embeddings is not None, _NOT_YET
        if not rows.num_rows:
            return np.zeros(0)
        found = np.empty(rows.num_rows, np.float64)
        with self.target.vectors() as target:
            target_gram = gram(target) if self.asked.norm == 2 else None
            for start in range(0, rows.num_rows, _ROWS):
                some = complete(self.embeddings(rows["content_id"][start : start + _ROWS].to_pylist()), self.name)
                near = normsim_inf(some, target) if target_gram is None else normsim_2(some, target_gram)
                found[start : start + _ROWS] = near
        return found.round(4)


@dataclass(frozen=True)
class NormSimDynamic:
    """Keeps the fraction of the rows at hand that are most like each other: NormSim_2-D, which needs no target."""

    asked: NormSimRecipe
    embeddings: Embeddings | None
    folder: Path | None
    name: str = "pairing_normsim_dynamic"
    columns: tuple[str, ...] = ("content_id", "pairing_similarity")
    status: Status = "dropped"
    scope: Scope = "global"

    def judge(self, rows: pa.Table) -> Taken:
        """Return the rows that go. The vectors lie in a file in `folder` while they are compared."""
        assert self.embeddings is not None, _NOT_YET
        assert self.asked.top_fraction is not None, "the recipe sees to it"
        if not rows.num_rows:
            return Taken.nothing()
        with vectors_on_disk(rows["content_id"].to_pylist(), self.embeddings, self.folder) as held:
            keep = max(1, int(len(held.places) * self.asked.top_fraction))
            found = normsim_dynamic(held.vectors, keep, self.asked.steps)
        gone = np.flatnonzero(~found.stays)

        def explain(index: int) -> Reason:
            score, limit = show(found.score[gone[index]]), show(found.limit[gone[index]])
            asked = f"the rows that stayed in its step have {limit} or more"
            return Reason(self.name, score, limit, f"picture is like the others by {score} (NormSim-D); {asked}")

        return Taken(held.places[gone], explain)
