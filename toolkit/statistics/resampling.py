"""Intervals of shares whose pictures are not independent: pictures of one prompt, or of one noise, are alike."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from toolkit.statistics.corrections import Estimate

DRAWS = 2_000
SEED = 20_231
Reals = NDArray[np.float64]


def clustered_mean(
    values: ArrayLike, clusters: ArrayLike, seeds: ArrayLike | None = None, confidence: float = 0.95
) -> Estimate:
    """Return the mean of `values` (n,) with an interval from redrawing whole `clusters` (n,), such as prompts.

    `seeds` (n,) names the noise of each picture where several prompts share it: then prompts and seeds are redrawn
    both (Owen 2007, "The pigeonhole bootstrap", Annals of Applied Statistics 1), for a bootstrap of prompts alone
    covers too seldom. Percentiles of 2,000 draws of a fixed seed. Raises ValueError for no values, unequal lengths, or
    fewer than two clusters, of which nothing can be redrawn.
    """
    hits = np.asarray(values, dtype=np.float64)
    _, prompt = np.unique(np.asarray(clusters), return_inverse=True)
    count = int(prompt.max(initial=-1)) + 1
    if hits.ndim != 1 or len(hits) == 0 or len(prompt) != len(hits):
        raise ValueError(f"{hits.shape} values and {len(prompt)} clusters do not go together; give one cluster a value")
    if count < 2:
        raise ValueError("one cluster alone cannot be redrawn; give pictures of at least two prompts")
    stream = np.random.default_rng(SEED)
    weights = stream.multinomial(count, np.full(count, 1 / count), DRAWS).astype(np.float64)
    if seeds is None:
        totals, sizes = (weights @ np.bincount(prompt, one, count) for one in (hits, np.ones_like(hits)))
    else:
        _, noise = np.unique(np.asarray(seeds), return_inverse=True)
        totals, sizes = _both_ways(hits, prompt, noise, weights, stream)
    drawn = totals[sizes > 0] / sizes[sizes > 0]
    tail = (1 - confidence) / 2
    value = float(hits.mean())
    low, high = (float(one) for one in np.quantile(drawn, [tail, 1 - tail]))
    return Estimate(value, min(low, value), max(high, value))


class MeanTest(NamedTuple):
    """The standard `error` of a mean of clustered values, and the two-sided `p` of its being the reference; None where
    clusters do not differ, for then nothing says how far others would."""

    error: float
    p: float | None


def clustered_mean_test(values: ArrayLike, clusters: ArrayLike, reference: float) -> MeanTest:
    """Return Student's t test of the mean of `values` (n,) being `reference`, whole `clusters` (n,) being independent.

    The error is that of a ratio of totals of clusters (Cochran 1977, Sampling Techniques, section 6.5); clusters minus
    1 degrees of freedom. Raises ValueError as `clustered_mean`.
    """
    from scipy.stats import t  # slow to import

    numbers = np.asarray(values, dtype=np.float64)
    _, cluster = np.unique(np.asarray(clusters), return_inverse=True)
    if numbers.ndim != 1 or len(cluster) != len(numbers) or cluster.max(initial=0) < 1:
        raise ValueError(f"{numbers.shape} values and {len(cluster)} clusters; give one a value, two at least")
    totals = np.bincount(cluster, numbers - numbers.mean())
    error = float(np.sqrt(len(totals) / (len(totals) - 1) * (totals**2).sum()) / len(numbers))
    if error < 1e-12:
        return MeanTest(0.0, None)
    return MeanTest(error, float(2 * t.sf(abs(float(numbers.mean()) - reference) / error, len(totals) - 1)))


def _both_ways(
    hits: Reals, prompt: NDArray[np.intp], noise: NDArray[np.intp], weights: Reals, stream: np.random.Generator
) -> tuple[Reals, Reals]:
    """Return the sums and sizes of draws in which a picture counts as often as its prompt times its noise."""
    seeds = int(noise.max()) + 1
    own = stream.multinomial(seeds, np.full(seeds, 1 / seeds), DRAWS).astype(np.float64)
    cell = prompt * seeds + noise
    found = []
    for one in (hits, np.ones_like(hits)):
        table = np.bincount(cell, one, weights.shape[1] * seeds).reshape(-1, seeds)
        found.append(((weights @ table) * own).sum(axis=1))
    return found[0], found[1]
