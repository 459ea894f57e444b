"""What a pairing network itself associates: two sets of targets with two sets of attributes (WEAT)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from toolkit.statistics.corrections import Estimate

PERMUTATIONS = 10_000
REDRAWN = 2_000
SEED = 20_231


class Association(NamedTuple):
    """`effect_size` d in [-2, 2], above 0 where the first targets lie nearer to the first attributes; one-sided `p`."""

    effect_size: float
    p: float


def weat(
    first_targets: ArrayLike, second_targets: ArrayLike, first_attributes: ArrayLike, second_attributes: ArrayLike
) -> Association:
    """Return the association of targets with attributes; all are embeddings (n, d), of words or of pictures.

    s(w) = mean cosine to the first attributes - mean cosine to the second; d = difference of the mean s of the two sets
    of targets over the standard deviation (n - 1) of s of both. `p` is the share of 10,000 random equal splits of the
    targets, and of the one observed, whose difference is at least as great. All targets alike: d 0, p 1. Raises
    ValueError for an empty set or other shapes. Source: Caliskan, Bryson and Narayanan (2017), Science 356; for
    pictures, Steed and Caliskan (2021), FAccT.
    """
    x, y, a, b = (_unit(one) for one in (first_targets, second_targets, first_attributes, second_attributes))
    scores = np.concatenate([x, y]) @ (a.mean(axis=0) - b.mean(axis=0))
    spread = float(scores.std(ddof=1))
    if spread < 1e-12:
        return Association(0.0, 1.0)
    size = len(x)
    observed = _difference(scores[None], size)[0]
    stream = np.random.default_rng(SEED)
    drawn = stream.permuted(np.broadcast_to(scores, (PERMUTATIONS, len(scores))), axis=1)
    extreme = int((_difference(drawn, size) >= observed - 1e-12).sum())
    return Association(float(observed / spread), (extreme + 1) / (PERMUTATIONS + 1))


def weat_interval(
    first_targets: ArrayLike,
    second_targets: ArrayLike,
    first_attributes: ArrayLike,
    second_attributes: ArrayLike,
    *,
    confidence: float = 0.95,
) -> Estimate:
    """Return the effect size of `weat` with a percentile interval from redrawing the words of both sets of targets.

    Draws in which all words score alike say nothing and are left out; where all are, the interval is [-2, 2]. Raises
    ValueError as `weat`.
    """
    x, y, a, b = (_unit(one) for one in (first_targets, second_targets, first_attributes, second_attributes))
    scores = np.concatenate([x, y]) @ (a.mean(axis=0) - b.mean(axis=0))
    whole = float(scores.std(ddof=1))
    value = 0.0 if whole < 1e-12 else float(_difference(scores[None], len(x))[0] / whole)
    stream = np.random.default_rng(SEED)
    drawn = [one[stream.integers(0, len(one), (REDRAWN, len(one)))] for one in (scores[: len(x)], scores[len(x) :])]
    spread = np.concatenate(drawn, axis=1).std(axis=1, ddof=1)
    useful = spread > 1e-12
    if not useful.any():
        return Estimate(value, -2.0, 2.0)
    effects = (drawn[0].mean(axis=1) - drawn[1].mean(axis=1))[useful] / spread[useful]
    tail = (1 - confidence) / 2
    low, high = (float(one) for one in np.quantile(effects, [tail, 1 - tail]))
    return Estimate(value, min(low, value), max(high, value))


def _difference(scores: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    return np.asarray(scores[:, :size].mean(axis=1) - scores[:, size:].mean(axis=1))


def _unit(embeddings: ArrayLike) -> NDArray[np.float64]:
    vectors = np.asarray(embeddings, dtype=np.float64)
    if vectors.ndim != 2 or len(vectors) == 0 or not bool((np.linalg.norm(vectors, axis=1) > 0).all()):
        raise ValueError(
            f"embeddings of shape {vectors.shape} cannot be used; give rows with a direction, at least one"
        )
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
