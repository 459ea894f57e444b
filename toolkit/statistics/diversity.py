"""How many different pictures there are in a set, by how alike their embeddings are."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import entr

from toolkit.statistics.corrections import Estimate
from toolkit.statistics.intervals import normal_quantile

SEED = 20_231


def vendi(embeddings: ArrayLike) -> float:
    """Return the Vendi score of `embeddings` (n, d): from 1, all equal, to n, all orthogonal. No set has none: 0.

    exp of the entropy of the eigenvalues of K / n, where K holds cosines; rows need not be unit vectors. Compare sets
    of equal n only. Raises ValueError for another shape, numbers that are not finite, or a row of zeros. Source:
    Friedman and Dieng (2023), TMLR, definition 3.1 (arXiv 2210.02410).
    """
    vectors = _unit(embeddings)
    if len(vectors) == 0:
        return 0.0
    kernel = vectors @ vectors.T if len(vectors) <= vectors.shape[1] else vectors.T @ vectors
    eigenvalues = np.linalg.eigvalsh(kernel / len(vectors)).clip(0.0, None)
    return float(np.exp(entr(eigenvalues / eigenvalues.sum()).sum()))


def vendi_at(embeddings: ArrayLike, size: int, draws: int = 50) -> float:
    """Return the mean Vendi score of `draws` subsets of `size` rows, drawn by a fixed seed: so sets of unequal n
    compare.

    Raises ValueError as `vendi`, and for a `size` that the set does not have.
    """
    vectors = np.asarray(embeddings, dtype=np.float64)
    if not 1 <= size <= len(vectors):
        raise ValueError(f"a subset of {size} of {len(vectors)} rows is impossible; give 1 to {len(vectors)}")
    if size == len(vectors):
        return vendi(vectors)
    stream = np.random.default_rng(SEED)
    return float(np.mean([vendi(vectors[stream.choice(len(vectors), size, replace=False)]) for _ in range(draws)]))


def mean_similarity(embeddings: ArrayLike) -> float:
    """Return the mean cosine of all pairs of rows, in [-1, 1]; NaN for fewer than two. Raises ValueError as `vendi`."""
    vectors = _unit(embeddings)
    count = len(vectors)
    if count < 2:
        return float("nan")
    total = vectors.sum(axis=0)
    return float((total @ total - count) / (count * (count - 1)))


def vendi_interval(embeddings: ArrayLike, size: int, confidence: float = 0.95, draws: int = 100) -> Estimate:
    """Return `vendi_at` `size` with an interval from redrawing the pictures: as many standard deviations of the
    redrawn scores to both sides as `confidence` asks of a normal distribution, within [1, size].

    A picture drawn twice makes a set look less diverse than it is, so that redrawn scores lie too low as a whole; only
    how far they spread is used. Each is the mean of 2 subsets. A set of equal pictures has no width. Raises ValueError
    as `vendi_at`.
    """
    vectors = _unit(embeddings)
    value = vendi_at(vectors, size)
    stream = np.random.default_rng(SEED)
    found = np.empty(draws)
    for index in range(draws):
        drawn = stream.integers(0, len(vectors), len(vectors))
        found[index] = np.mean([vendi(vectors[stream.choice(drawn, size, replace=False)]) for _ in range(2)])
    half = normal_quantile(0.5 + confidence / 2) * float(found.std(ddof=1))
    return Estimate(value, min(value, max(1.0, value - half)), max(value, min(float(size), value + half)))


def similarity_interval(embeddings: ArrayLike, confidence: float = 0.95, draws: int = 1_000) -> Estimate:
    """Return `mean_similarity` with a percentile interval from redrawing the pictures, a picture never compared with
    itself. Raises ValueError as `vendi`, and for fewer than two rows."""
    vectors = _unit(embeddings)
    count = len(vectors)
    if count < 2:
        raise ValueError(f"{count} rows have no pairs to compare; give two at least")
    value = mean_similarity(vectors)
    weights = np.random.default_rng(SEED).multinomial(count, np.full(count, 1 / count), draws).astype(np.float64)
    weights = weights[(weights > 0).sum(axis=1) > 1]
    same = (weights**2).sum(axis=1)
    found = (((weights @ vectors) ** 2).sum(axis=1) - same) / (count**2 - same)
    tail = (1 - confidence) / 2
    low, high = (float(one) for one in np.quantile(found, [tail, 1 - tail]))
    return Estimate(value, min(value, low), max(value, high))


def _unit(embeddings: ArrayLike) -> NDArray[np.float64]:
    vectors = np.asarray(embeddings, dtype=np.float64)
    if vectors.ndim != 2 or not bool(np.isfinite(vectors).all()):
        raise ValueError(f"embeddings of shape {vectors.shape} cannot be used; give finite numbers, one row a picture")
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not bool((lengths > 0).all()):
        raise ValueError("an embedding of zeros has no direction; leave pictures out that have none")
    return np.asarray(vectors / lengths)
