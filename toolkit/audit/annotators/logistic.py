"""Multinomial logistic regression on embeddings, its strength of regularisation chosen by held-out groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1)  # of the squared weights, beside the mean log loss
_FOLDS = 4
Reals = NDArray[np.float64]


class LogisticModel(NamedTuple):
    """`weights` (d + 1, K), the last row for the constant, and the `strength` they were fitted with."""

    weights: Reals
    strength: float

    def probabilities(self, vectors: NDArray[np.floating]) -> Reals:  # type: ignore[type-arg]
        """Return P(class | vector), float64 (n, K)."""
        return _softmax(_with_constant(vectors) @ self.weights)


def fit_logistic(vectors: NDArray[np.floating], classes: Sequence[int], groups: Sequence[str]) -> LogisticModel:  # type: ignore[type-arg]
    """Return the model of `vectors` (n, d) and `classes` (n,), 0 to K - 1, each class counting alike.

    Of four strengths the one with the least log loss on held-out `groups` (n,) is taken: a model that knows pictures of
    a concept by heart is no use for the next one. Raises ValueError for fewer than two classes.
    """
    truth, rows = np.asarray(classes), _with_constant(vectors)
    count = int(truth.max(initial=-1)) + 1
    if count < 2:
        raise ValueError(f"pictures of {count} class cannot be told apart; give at least two")
    names, group = np.unique(np.asarray(groups), return_inverse=True)
    fold = np.random.default_rng(0).permutation(len(names))[group] % _FOLDS
    losses = [_held_out_loss(rows, truth, fold, count, strength) for strength in STRENGTHS]
    best = STRENGTHS[int(np.argmin(losses))]
    return LogisticModel(_fit(rows, truth, count, best), best)


def _held_out_loss(
    rows: Reals, truth: NDArray[np.int64], fold: NDArray[np.int64], count: int, strength: float
) -> float:
    losses = []
    for held in range(_FOLDS):
        inside, outside = fold != held, fold == held
        if outside.any() and len(np.unique(truth[inside])) == count:
            chances = _softmax(rows[outside] @ _fit(rows[inside], truth[inside], count, strength))
            losses.append(-np.log(chances[np.arange(len(chances)), truth[outside]] + 1e-12).mean())
    return float(np.mean(losses)) if losses else 0.0


def _fit(rows: Reals, truth: NDArray[np.int64], count: int, strength: float) -> Reals:
    from scipy.optimize import minimize  # slow to import, and seldom asked for

    hot = np.eye(count)[truth]
    each = (1 / np.maximum(hot.sum(axis=0), 1) / count)[truth]  # every class weighs the same

    def loss(flat: Reals) -> tuple[float, Reals]:
        weights = flat.reshape(-1, count)
        chances = _softmax(rows @ weights)
        penalised = weights.copy()
        penalised[-1] = 0.0
        value = -(each * np.log((chances * hot).sum(axis=1) + 1e-300)).sum() + strength * (penalised**2).sum()
        slope = rows.T @ ((chances - hot) * each[:, None]) + 2 * strength * penalised
        return float(value), slope.ravel()

    found = minimize(loss, np.zeros(rows.shape[1] * count), jac=True, method="L-BFGS-B", options={"maxiter": 500})
    return np.asarray(found.x).reshape(-1, count)


def _with_constant(vectors: NDArray[np.floating]) -> Reals:  # type: ignore[type-arg]
    return np.concatenate([np.asarray(vectors, np.float64), np.ones((len(vectors), 1))], axis=1)


def _softmax(logits: Reals) -> Reals:
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))
