"""A share from what an annotator read in all pictures and what people say of some that were drawn at random."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from toolkit.statistics.corrections import Estimate

# Few reviews may hold no error of a rare kind: half a one each way more is counted in the variance, as if they had.
UNSEEN_ERRORS = 0.5
Reals = NDArray[np.float64]


class ReviewedShare(NamedTuple):
    """The `share` with its interval in [0, 1], its standard `error`, and `p` (two-sided) of a reference."""

    share: Estimate
    error: float
    p: float


def reviewed_share(
    read: ArrayLike,
    reviewed: ArrayLike,
    probability: ArrayLike,
    draws: ArrayLike,
    reference: float,
    confidence: float = 0.95,
) -> ReviewedShare:
    """Return the share of a group among all pictures in which reviewers would tell one.

    `read` (n, 2) says for each picture whether the annotator read the group (first column) and whether it read any;
    `reviewed` (n, 2) the same of reviewers, as far as `probability` (n,), with which a picture was drawn for review, is
    above 0: it is 0 for pictures that nobody saw. `draws` (n,) are equal for pictures of one noise.

    The mean of what was read plus the mean error on the reviewed, each weighted by 1 / probability; the ratio of both
    columns; variance by linearisation, whole draws apart, t distributed with the reviewed draws less one. Holds only
    where pictures were drawn at random: of those chosen for being uncertain it is biased. Source: Angelopoulos et al.
    (2023), Science 382, 669-674; for weights Robins, Rotnitzky and Zhao (1994), JASA 89, 846-866; Hajek's normalised
    weights. Raises ValueError for shapes that do not fit, probabilities outside [0, 1], fewer than two reviewed draws,
    or reviewers who could tell nothing.
    """
    from scipy.stats import t  # slow to import, and seldom asked for

    predicted, seen, chance = (np.asarray(one, np.float64) for one in (read, reviewed, probability))
    if predicted.ndim != 2 or predicted.shape != seen.shape or chance.shape != predicted.shape[:1]:
        raise ValueError(
            f"readings {predicted.shape}, reviews {seen.shape} and probabilities {chance.shape} do not fit"
        )
    if (chance < 0).any() or (chance > 1).any() or not np.isfinite(chance).all():
        raise ValueError("a probability of being drawn lies in (0, 1], and is 0 for what was not reviewed")
    picked = chance > 0
    _, cluster = np.unique(np.asarray(draws), return_inverse=True)
    seen_draws = len(np.unique(cluster[picked]))
    if seen_draws < 2:
        raise ValueError(f"{seen_draws} reviewed pictures say nothing of the others; review at least two")
    weights = np.divide(1.0, chance, out=np.zeros_like(chance), where=picked)
    weights /= weights.sum()  # of sum 1
    errors = np.where(picked[:, None], seen - predicted, 0.0)
    group, told = predicted.mean(axis=0) + weights @ errors
    if told <= 0:
        raise ValueError("reviewers could tell nothing in the pictures that they saw")
    share = float(group / told)
    contrast = np.array([1.0, -share])
    mean, error = (predicted - predicted.mean(axis=0)) @ contrast, errors @ contrast
    influence = mean / len(mean) + weights * (error - weights @ error)
    sums = np.bincount(cluster, influence)
    variance = float(sums @ sums) * seen_draws / (seen_draws - 1)
    variance += 2 * UNSEEN_ERRORS * float(weights @ weights) ** 2
    spread = float(np.sqrt(variance) / told)
    half = float(t.ppf(0.5 + confidence / 2, seen_draws - 1)) * spread
    value, low, high = (float(min(1.0, max(0.0, share + step))) for step in (0.0, -half, half))
    p = float(2 * t.sf(abs(share - reference) / spread, seen_draws - 1))
    return ReviewedShare(Estimate(value, low, high), spread, p)
