"""Pictures laid out in two dimensions by their embeddings: along the main directions, or by who is whose neighbour."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.errors import RunError

Vectors = NDArray[np.float32]
Points = NDArray[np.float32]
MAIN_DIRECTIONS, NEIGHBOURS = "main directions", "neighbours"
LAYOUTS = (MAIN_DIRECTIONS, NEIGHBOURS)
VERSION = 1  # raise it when the same vectors would lie elsewhere
NEAREST = 10  # neighbours that a map is judged by
FEWEST = 3  # pictures that make a map
PERPLEXITY = 30
_ASKED = 1_000  # pictures whose neighbours are looked at to judge a map
_ROWS = 1_024  # pictures compared at once, so that memory stays bounded
_SEED = 0


class Layout(NamedTuple):
    """Where pictures lie: `points` (n, 2), float32, in [-1, 1].

    `carried` are the shares of the variance that the two axes carry, in [0, 1], None where axes mean nothing; `kept` is
    the share of the nearest ten of each picture that are among its nearest ten on the map too, in [0, 1].
    """

    points: Points
    carried: tuple[float, float] | None
    kept: float


def lay_out(vectors: Vectors, layout: str) -> Layout:
    """Return how `vectors` (n, d), n at least 3, lie in a `layout` of `LAYOUTS`.

    Raises RunError where the package is not installed that lays neighbours out, or where there are too few pictures.
    """
    if len(vectors) < FEWEST:
        raise RunError(f"{len(vectors)} pictures have an embedding; a map needs {FEWEST} at least")
    main, carried = main_directions(vectors)
    if layout == MAIN_DIRECTIONS:
        return Layout(main, carried, kept_near(vectors, main))
    points = neighbours(vectors, main)
    return Layout(points, None, kept_near(vectors, points))


def main_directions(vectors: Vectors) -> tuple[Points, tuple[float, float]]:
    """Return `vectors` (n, d) along the two directions in which they differ most, (n, 2) in [-1, 1], and the share of
    the variance that each of these carries: principal components (Pearson 1901), exact.

    An axis points to where its greatest weight is positive. Vectors that are all alike lie in the middle and carry
    nothing.
    """
    centred = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    values, directions = np.linalg.eigh(centred.T @ centred)
    axes = np.zeros((vectors.shape[1], 2))
    count = min(2, vectors.shape[1])
    axes[:, :count] = directions[:, ::-1][:, :count]
    axes *= np.where(axes[np.abs(axes).argmax(axis=0), [0, 1]] < 0, -1.0, 1.0)
    total = float(np.maximum(values, 0).sum())
    first, second = (*np.maximum(values, 0)[::-1][:2].tolist(), 0.0)[:2]
    shares = (first / total, second / total) if total > 0 else (0.0, 0.0)
    return _within(centred @ axes), shares


def neighbours(vectors: Vectors, start: Points) -> Points:
    """Return unit `vectors` (n, d) so that pictures which lie near one another do so on the map, (n, 2) in [-1, 1]:
    t-SNE (van der Maaten and Hinton 2008, JMLR 9) by interpolation (Linderman et al. 2019, Nature Methods 16), from
    their main directions as `start` (Kobak and Berens 2019, Nature Communications 10). The same vectors lie the same.

    Distances over the map, and the size of a cloud, mean nothing. Raises RunError where openTSNE is not installed.
    """
    try:
        from openTSNE import TSNEEmbedding
        from openTSNE.affinity import PerplexityBasedNN
        from openTSNE.nearest_neighbors import PrecomputedNeighbors
    except ImportError as error:
        raise RunError(
            f"the layout {NEIGHBOURS!r} needs the package openTSNE ({error}); run: pip install 'tain[map]', or choose "
            f"{MAIN_DIRECTIONS!r}"
        ) from error
    perplexity = min(PERPLEXITY, (len(vectors) - 1) / 3)
    places, cosines = nearest_of(vectors, np.arange(len(vectors)), max(1, min(len(vectors) - 1, int(3 * perplexity))))
    distances = np.sqrt(np.maximum(2 - 2 * cosines, 0)).astype(np.float64)
    affinities = PerplexityBasedNN(
        knn_index=PrecomputedNeighbors(places, distances), perplexity=perplexity, n_jobs=1, random_state=_SEED
    )
    spread = float(start[:, 0].std()) or 1.0
    embedding = TSNEEmbedding(
        start.astype(np.float64) * (1e-4 / spread), affinities, n_jobs=1, random_state=_SEED, learning_rate="auto"
    )
    embedding = embedding.optimize(250, exaggeration=12, momentum=0.5)
    embedding = embedding.optimize(500, exaggeration=1, momentum=0.8)
    return _within(np.asarray(embedding, np.float64))


def nearest_of(vectors: Vectors, asked: NDArray[np.int64], count: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the places (asked, count) of the `count` other unit `vectors` (n, d) that lie nearest to each of those at
    the places `asked`, nearest first, and their cosines. `count` is less than n."""
    places, cosines = _greatest_products(vectors, vectors, asked, count)
    return places, cosines.astype(np.float32)


def kept_near(vectors: Vectors, points: Points, *, count: int = NEAREST) -> float:
    """Return the share of the `count` nearest others of each of the unit `vectors` (n, d) that are among the `count`
    nearest of its `points` (n, 2) too, in [0, 1]; of a thousand pictures spread over their order where there are more.
    """
    count = min(count, len(vectors) - 1)
    asked = np.unique(np.linspace(0, len(vectors) - 1, min(_ASKED, len(vectors))).round().astype(np.int64))
    truly, _ = nearest_of(vectors, asked, count)
    flat = points.astype(np.float64)
    ones, squares = np.ones(len(flat)), np.square(flat).sum(axis=1)
    # |a - b|^2 is least where 2 a b - |b|^2 is greatest
    shown, _ = _greatest_products(np.column_stack([2 * flat, ones]), np.column_stack([flat, -squares]), asked, count)
    same = (truly[:, :, None] == shown[:, None, :]).sum()
    return float(same) / (count * len(asked))


def _greatest_products(
    asking: NDArray[np.floating], among: NDArray[np.floating], asked: NDArray[np.int64], count: int
) -> tuple[NDArray[np.int64], NDArray[np.floating]]:
    """Return the places of the `count` others `among` (n, d) with the greatest products with each of `asking` (n, d)
    at the places `asked`, the greatest first, and these products."""
    places = np.empty((len(asked), count), np.int64)
    products = np.empty((len(asked), count), among.dtype)
    for start in range(0, len(asked), _ROWS):
        some = asked[start : start + _ROWS]
        rows = np.arange(len(some))
        part = asking[some] @ among.T
        part[rows, some] = -np.inf
        found = np.argpartition(-part, count - 1, axis=1)[:, :count]
        order = np.argsort(-part[rows[:, None], found], axis=1, kind="stable")
        places[start : start + _ROWS] = found[rows[:, None], order]
        products[start : start + _ROWS] = part[rows[:, None], places[start : start + _ROWS]]
    return places, products


def _within(points: NDArray[np.float64]) -> Points:
    """Return `points` about their middle, in [-1, 1], both axes to one scale and rounded to a ten-thousandth."""
    middle = (points.max(axis=0) + points.min(axis=0)) / 2
    farthest = float(np.abs(points - middle).max()) or 1.0
    return np.asarray(np.round((points - middle) / farthest, 4) + 0.0, np.float32)


def layout_file(layout: Layout) -> bytes:
    """Return `layout` as the bytes of a file, which `read_layout` reads."""
    sink = io.BytesIO()
    carried = np.asarray(layout.carried or (), np.float64)
    np.savez(sink, points=layout.points, carried=carried, kept=np.float64(layout.kept))
    return sink.getvalue()


def read_layout(data: bytes, count: int) -> Layout | None:
    """Return the layout of `count` pictures in the bytes of a file; None where they hold none, as half a file does."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as found:
            points, carried, kept = found["points"], found["carried"].tolist(), float(found["kept"])
    except (OSError, ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile, zlib.error):
        return None
    if points.shape != (count, 2) or points.dtype != np.float32 or not np.isfinite(points).all():
        return None
    if not isinstance(carried, list) or len(carried) not in (0, 2):
        return None
    return Layout(points, (carried[0], carried[1]) if carried else None, kept)
