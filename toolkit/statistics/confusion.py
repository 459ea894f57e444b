"""Shares of several classes corrected by a confusion matrix, which may have more labels than classes: an abstention is
one.

What was labelled is a mixture: p(label) = sum over classes of share(class) M(class, label). Matrix inversion, in the
form that weighs labels by how well they are known and also takes labels beyond the classes; intervals from redrawing
both the labels and the matrix.
"""

from __future__ import annotations

from math import erfc, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from toolkit.statistics.corrections import Estimate

DRAWS = 4_000
SEED = 20_231
# Percentiles of so few known concepts reach no further than the worst of them, and of 15 one in eight is worse. How
# much wider intervals must be was found by planted truth (tests/audit/test_audit_planted_truth.py), for 11 to 19.
_UNSEEN = 20
_FEW = 20  # draws beyond a reference, below which the normal tail says more than counting
Reals = NDArray[np.float64]


class Corrected(NamedTuple):
    """Corrected shares of K classes.

    `shares` are in the order of the matrix's rows. `draws` (draws, K) are shares redrawn from the uncertainty of labels
    and matrix, not cut to [0, 1]. `misfit` is the p of labels that no shares explain: small where pictures are not of
    the kind that the matrix was counted on.
    """

    shares: tuple[Estimate, ...]
    draws: Reals
    misfit: float


def correct_shares(counts: ArrayLike, confusion: ArrayLike, confidence: float = 0.95) -> tuple[Estimate, ...]:
    """Return the true share of each class behind the `counts` of labels, with intervals, in the order of the rows.

    `confusion` (K, C), C >= K, counts how pictures of each true class (row) were labelled (column); `counts` (C,) are
    in the order of its columns. Values are shares, in [0, 1], of sum 1. Raises ValueError for impossible counts, for
    a class without pictures of known truth, and for a matrix that cannot tell its classes apart.
    """
    return correct(counts, np.asarray(confusion)[None], confidence).shares


def correct(
    counts: ArrayLike,
    confusions: ArrayLike,
    confidence: float = 0.95,
    *,
    concepts: int | None = None,
    labels_seed: int = 0,
) -> Corrected:
    """Return `correct_shares` with the draws behind its intervals, by confusions (G, K, C) of G concepts.

    Error rates differ from concept to concept. So what `confusions` say of all of them is known less well than so many
    pictures would say it, and pictures of `concepts` others (None: of as many) err by as much more or less. Draws of
    several sets of pictures that one matrix corrects go together in the matrix alone, if each has a `labels_seed` of
    its own.

    The value is the likeliest shares; where all are above 0 that is the inverted matrix. Intervals are
    percentiles of shares solved from draws of p(label) and of each row of the matrix, both Dirichlet with a prior of
    one picture in all (Perks); least squares weighted by 1 / p(label), shares summing to 1, as in Grassia and Sundberg
    (1982), Technometrics 24, 117-121. Raises ValueError as `correct_shares`.
    """
    labels, each = _checked(counts, confusions)
    matrix = each.sum(axis=0)
    size, columns = matrix.shape
    spread = concept_spread(each)
    stream = np.random.default_rng((SEED, labels_seed))
    rates = (labels + 1 / columns) / (labels.sum() + 1)
    means = (matrix + 1 / columns) / (matrix.sum(axis=1, keepdims=True) + 1)
    drawn_rates = stream.dirichlet(labels + 1 / columns, DRAWS)
    drawn_means = _drawn_matrices(each, spread, np.random.default_rng(SEED))
    drawn_means = _other_concepts(drawn_means, spread, concepts or len(each), stream)
    draws = _solve(drawn_rates, drawn_means, 1 / rates)
    low, high = _ends(draws, (1 - confidence) / 2)
    values = likeliest_shares(labels, matrix / matrix.sum(axis=1, keepdims=True))
    shares = tuple(
        Estimate(float(v), float(min(v, below)), float(max(v, above)))
        for v, below, above in zip(values, low, high, strict=True)
    )
    if columns > size:
        return Corrected(shares, draws, _misfit(drawn_rates, drawn_means, draws, rates, means))
    return Corrected(shares, draws, min(1.0, 2 * (int((draws >= 0).all(axis=1).sum()) + 1) / (DRAWS + 1)))


class CorrectedChange(NamedTuple):
    """The change of the share of each of K classes, (K,), and its draws (draws, K); both sum to 0 over classes."""

    values: Reals
    draws: Reals


def correct_change(
    change: ArrayLike, drawn: ArrayLike, confusions: ArrayLike, *, concepts: int | None = None
) -> CorrectedChange:
    """Return how the true shares changed, where those of labels changed by `change` (C,), of which `drawn` (4,000, C)
    are redrawn.

    Least squares as in `correct`, weighted by how often labels are given to known pictures, with draws of the matrix by
    the confusions (G, K, C) of G concepts. Raises ValueError as `correct`, and for draws of another shape.
    """
    labels, each = _checked(np.ones(np.shape(change)), confusions)
    changes = np.asarray(drawn, np.float64)
    if changes.shape != (DRAWS, len(labels)):
        raise ValueError(
            f"draws of shape {changes.shape} of a change of {len(labels)} labels; give ({DRAWS}, {len(labels)})"
        )
    matrix = each.sum(axis=0)
    columns = matrix.shape[1]
    means = (matrix + 1 / columns) / (matrix.sum(axis=1, keepdims=True) + 1)
    spread, stream = concept_spread(each), np.random.default_rng(SEED + 1)
    matrices = _other_concepts(_drawn_matrices(each, spread, stream), spread, concepts or len(each), stream)
    weights = 1 / means.mean(axis=0)
    values = _solve(np.asarray(change, np.float64)[None], means[None], weights, whole=0.0)[0]
    return CorrectedChange(values, _solve(changes, matrices, weights, whole=0.0))


class ConceptSpread(NamedTuple):
    """How error rates differ between concepts: the correlation of errors within one, in [0, 1]; by what factor it
    lowers the number of pictures that a mean rests on; and how rates of single concepts lie off it (concepts, K, C)."""

    correlation: float
    design_effect: float
    deviations: Reals


def concept_spread(confusions: ArrayLike) -> ConceptSpread:
    """Return the spread of the rows of confusions (G, K, C), by analysis of variance over all classes and labels.

    Deviations are of concepts that have pictures of every class, shrunk to the spread that pictures so few would not
    show by chance; a standard error above the likeliest, for of few concepts it is often found too small. Source:
    Fleiss, Levin and Paik (2003), section 15.2, intraclass correlation of clustered labels.
    """
    each = np.asarray(confusions, dtype=np.float64)
    sizes = each.sum(axis=2)  # (G, K)
    total, groups = sizes.sum(axis=0), (sizes > 0).sum(axis=0)
    usable = (groups > 1) & (total > groups)
    none = ConceptSpread(0.0, 1.0, np.zeros((0, *each.shape[1:])))
    if not usable.any():
        return none
    rates = each / np.where(sizes > 0, sizes, 1)[..., None]
    mean = each.sum(axis=0) / np.where(total > 0, total, 1)[:, None]
    between = (sizes[..., None] * (rates - mean) ** 2).sum(axis=(0, 2))[usable] / (groups[usable] - 1)
    within = (sizes[..., None] * rates * (1 - rates)).sum(axis=(0, 2))[usable] / (total - groups)[usable]
    usual = ((total - (sizes**2).sum(axis=0) / np.where(total > 0, total, 1))[usable]) / (groups[usable] - 1)
    doubt = float(np.sqrt((2 * between**2 / (groups[usable] - 1)).sum()))  # a standard error of the sum of `between`
    excess = max(0.0, float((between - within).sum()) + doubt)
    variance = float((excess / usual).mean())
    everything = variance + float(within.sum())
    if variance == 0 or everything == 0:
        return none
    correlation = variance / everything
    weighted = float(((sizes**2).sum(axis=0) / np.where(total > 0, total, 1))[usable].mean())
    whole = (sizes > 0).all(axis=1)
    deviations = rates[whole] - mean
    observed = float((deviations**2).sum(axis=(1, 2)).mean()) if whole.any() else 0.0
    shrink = min(1.0, np.sqrt(variance / observed)) if observed > 0 else 0.0
    return ConceptSpread(correlation, 1 + max(0.0, weighted - 1) * correlation, deviations * shrink)


def likeliest_shares(counts: Reals, rates: Reals) -> Reals:
    """Return the shares (K,) that make `counts` (C,) likeliest, given P(label | class) as `rates` (K, C).

    The likelihood has one maximum over shares (it is concave). A label that no class ever gets is left out.
    """
    from scipy.optimize import LinearConstraint, minimize  # slow to import, and seldom asked for

    start = np.full(len(rates), 1 / len(rates))
    known = rates.sum(axis=0) > 0
    counts, rates = counts[known], rates[:, known]
    if counts.sum() == 0:
        return start
    weights = counts / counts.sum()

    def surprise(shares: Reals) -> float:
        return -float(weights @ np.log(np.maximum(shares @ rates, 1e-12)))

    def slope(shares: Reals) -> Reals:
        return np.asarray(-(rates @ (weights / np.maximum(shares @ rates, 1e-12))))

    whole = LinearConstraint(np.ones((1, len(rates))), 1.0, 1.0)
    found = minimize(
        surprise,
        start,
        jac=slope,
        method="SLSQP",
        bounds=[(0.0, 1.0)] * len(rates),
        constraints=whole,
        options={"ftol": 1e-12, "maxiter": 500},
    )
    shares = np.asarray(found.x).clip(0.0)
    return np.asarray(shares / shares.sum())


def _ends(draws: Reals, tail: float) -> Reals:
    """Return the ends of the intervals, (2, K), in [0, 1]: where many draws are no shares, those of the others count
    too, lest labels with fewer of a class than errors alone would give be taken for certainty that there are none."""
    ends = np.quantile(draws, [tail, 1 - tail], axis=0)
    possible = draws[((draws >= 0) & (draws <= 1)).all(axis=1)]
    if len(possible) >= _FEW:
        inside = np.quantile(possible, [tail, 1 - tail], axis=0)
        ends = np.stack([np.minimum(ends[0], inside[0]), np.maximum(ends[1], inside[1])])
    return np.asarray(ends.clip(0.0, 1.0))


def share_p(draws: Reals, reference: float) -> float:
    """Return the two-sided p of a corrected share being `reference`, from its `draws` (n,): in (0, 1].

    Twice the share of draws beyond it; the normal tail where there are few, so that many tests can be told apart.
    """
    beyond = min(int((draws <= reference).sum()), int((draws >= reference).sum()))
    if beyond >= _FEW:
        return min(1.0, 2 * beyond / len(draws))
    spread = float(draws.std())
    off = abs(float(draws.mean()) - reference)
    tail = erfc(off / (spread * sqrt(2))) if spread > 0 else float(off == 0)
    return max(5e-324, min(tail, 2 * _FEW / len(draws)))


def _drawn_matrices(each: Reals, spread: ConceptSpread, stream: np.random.Generator) -> Reals:
    """Return draws of P(label | class) (draws, K, C), as well as counts of `each` tell it of all concepts."""
    columns = each.shape[2]
    known = each.sum(axis=0) / spread.design_effect
    return np.stack([stream.dirichlet(row + 1 / columns, DRAWS) for row in known], axis=1)


def _other_concepts(matrices: Reals, spread: ConceptSpread, concepts: int, stream: np.random.Generator) -> Reals:
    """Return `matrices` (draws, K, C) moved to those of so many others, by what single ones lie off the mean."""
    found = len(spread.deviations)
    if found < 2:
        return matrices
    chosen = spread.deviations[stream.integers(0, found, len(matrices))]
    wider = np.sqrt((1 + _UNSEEN / (found * concepts)) / concepts)
    moved = (matrices + chosen * wider).clip(1e-6)
    return np.asarray(moved / moved.sum(axis=2, keepdims=True))


def _solve(rates: Reals, matrices: Reals, weights: Reals, whole: float = 1.0) -> Reals:
    """Return shares (draws, K), of sum `whole`, whose mixtures of `matrices` (draws, K, C) are nearest to `rates`."""
    weighted = matrices * weights
    normal = weighted @ matrices.transpose(0, 2, 1)
    target = np.einsum("dkc,dc->dk", weighted, rates)
    both = np.stack([target, np.ones_like(target)], axis=2)
    solved = np.linalg.solve(normal, both)
    free, ones = solved[..., 0], solved[..., 1]
    shares: Reals = free + ones * ((whole - free.sum(axis=1)) / ones.sum(axis=1))[:, None]
    return shares


def _misfit(drawn_rates: Reals, drawn_means: Reals, draws: Reals, rates: Reals, means: Reals) -> float:
    """Return how likely a residual as large as that of the labels is: its Mahalanobis length over that of the draws."""
    fitted = _solve(rates[None], means[None], 1 / rates)[0]
    residual = rates - fitted @ means
    redrawn = drawn_rates - np.einsum("dk,dkc->dc", draws, drawn_means)
    centred = redrawn - redrawn.mean(axis=0)
    inverse = np.linalg.pinv(centred.T @ centred / len(centred), rcond=1e-8, hermitian=True)
    lengths = np.einsum("dc,ce,de->d", centred, inverse, centred)
    return float(((lengths >= residual @ inverse @ residual).sum() + 1) / (len(lengths) + 1))


def _checked(counts: ArrayLike, confusions: ArrayLike) -> tuple[Reals, Reals]:
    labels, each = np.asarray(counts, dtype=np.float64), np.asarray(confusions, dtype=np.float64)
    if each.ndim != 3 or labels.shape != (each.shape[-1],) or each.shape[1] > each.shape[2]:
        raise ValueError(
            f"counts of shape {labels.shape} and a confusion matrix of shape {each.shape[1:]} do not go together; give "
            "K rows (truth), C >= K columns (labels) and C counts"
        )
    if not (np.isfinite(labels).all() and np.isfinite(each).all()) or labels.min() < 0 or each.min(initial=0) < 0:
        raise ValueError("counts below zero, or none at all, are impossible; give numbers of pictures")
    if labels.sum() == 0:
        raise ValueError("nothing was labelled, so there is no share to correct; label pictures first")
    matrix = each.sum(axis=0)
    empty = [index for index, row in enumerate(matrix) if row.sum() == 0]
    if empty:
        raise ValueError(f"no picture of known truth in the rows {empty} of the confusion matrix; calibrate on some")
    if np.linalg.matrix_rank(matrix / matrix.sum(axis=1, keepdims=True), tol=1e-6) < len(matrix):
        raise ValueError(
            "the confusion matrix cannot tell its classes apart: its rows repeat each other; use another annotator"
        )
    return labels, each
