"""Bias amplification: whether a model shows a link of two things more strongly than what it learned from."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

Reals = NDArray[np.float64]


class Measure(Protocol):
    """An amplification of counts (..., concepts, groups): from those of the data to those of what was made of it,
    float64 (...,)."""

    def __call__(self, data: ArrayLike, model: ArrayLike, /) -> Reals: ...


class Amplified(NamedTuple):
    """How much further from one half a share went, in [-0.5, 0.5], and whether it went to the other side."""

    amplification: float
    reversed: bool


def directional_amplification(task: ArrayLike, attribute: ArrayLike, predicted_attribute: ArrayLike) -> float:
    """Return the directional bias amplification from task to attribute, in [-1, 1]; 0 where nothing changed.

    Binary arrays (n,) or (n, tasks), (n,) or (n, attributes), and the predicted attributes in the shape of the true
    ones. The mean over pairs of y d - (1 - y) d, with y whether P(a, t) > P(a) P(t) and d = P(predicted a | t) -
    P(a | t). Tasks that no row has are left out. Raises ValueError for other values or shapes, or where no task is
    left. Source: Wang and Russakovsky (2021), ICML, equation 4 (arXiv 2102.12594).
    """
    tasks, attributes, predicted = (_binary(one) for one in (task, attribute, predicted_attribute))
    if attributes.shape != predicted.shape or len(tasks) != len(attributes):
        raise ValueError(
            f"arrays of shapes {tasks.shape}, {attributes.shape} and {predicted.shape} do not go together; give one "
            "row a picture, and predictions in the shape of the attributes"
        )
    tasks = tasks[:, tasks.any(axis=0)]
    if tasks.size == 0 or attributes.size == 0:
        raise ValueError("no row has a task, so nothing can be amplified; give rows with a task")
    count = len(tasks)
    sizes = tasks.sum(axis=0)
    joint = attributes.T @ tasks / count  # (attributes, tasks)
    linked = joint > np.outer(attributes.mean(axis=0), sizes / count)
    change = (predicted - attributes).T @ tasks / sizes
    return float(np.where(linked, change, -change).mean())


def directional_of_counts(data: ArrayLike, model: ArrayLike) -> Reals:
    """Return `directional_amplification` of pictures that are counted, not paired, float64 (...,).

    `data` and `model` are counts (..., tasks, attributes), of many audits at once where there are more dimensions. P(a,
    t), P(a) and P(t) are those of the data, P(a | t) that of each side. Tasks that either side lacks are left out;
    where none is left, nothing changed: 0. Raises ValueError for other shapes.
    """
    first, second, seen = _counted(data, model)
    joint = np.where(seen, first, 0.0)
    joint = joint / np.maximum(joint.sum(axis=(-2, -1), keepdims=True), 1.0)
    linked = joint > joint.sum(axis=-1, keepdims=True) * joint.sum(axis=-2, keepdims=True) + 1e-12
    change = _shares(second) - _shares(first)
    kept = np.broadcast_to(seen, change.shape)
    return _mean(np.where(linked, change, -change), kept)


def zhao_amplification(data: ArrayLike, model: ArrayLike) -> float:
    """Return the mean change of the share of a group, over those that the data already favours; 0 where it favours
    none.

    `data` and `model` are counts (objects, groups). Shares are within an object: b(o, g) = c(o, g) / sum over g;
    favoured is b > 1 / groups in the data. Objects that either side lacks are left out. Raises ValueError for other
    shapes. Source: Zhao et al. (2017), EMNLP, equation 1 (arXiv 1707.09457).
    """
    return float(zhao_of_many(np.asarray(data)[None], np.asarray(model)[None])[0])


def zhao_of_many(data: ArrayLike, model: ArrayLike) -> Reals:
    """Return `zhao_amplification` of many audits at once: counts (..., objects, groups) to float64 (...,)."""
    first, second, seen = _counted(data, model)
    before = _shares(first)
    return _mean(_shares(second) - before, (before > 1 / first.shape[-1]) & seen)


def deviation_amplification(model_share: float, data_share: float) -> Amplified:
    """Return |model - 1/2| - |data - 1/2| for the shares of one of two groups.

    A share that changed sides is `reversed`: the figure alone would call that no amplification. Raises ValueError for
    a share outside [0, 1]. Source: Seshadri, Singh and Elazar (2023), arXiv 2308.00755, section 3.
    """
    for share in (model_share, data_share):
        if not 0 <= share <= 1:
            raise ValueError(f"a share of {share} is impossible; give numbers in [0, 1]")
    further = abs(model_share - 0.5) - abs(data_share - 0.5)
    return Amplified(further, (model_share - 0.5) * (data_share - 0.5) < 0)


def deviation_of_counts(data: ArrayLike, model: ArrayLike) -> Reals:
    """Return the mean over objects of |model - 1/2| - |data - 1/2|, as `deviation_amplification`, float64 (...,).

    `data` and `model` are counts (..., objects, 2). Objects that either side lacks are left out; where none is left,
    nothing changed: 0. Raises ValueError for other shapes.
    """
    first, second, seen = _counted(data, model)
    if first.shape[-1] != 2:
        raise ValueError(f"defined for two groups; there are {first.shape[-1]}")
    further = np.abs(_shares(second)[..., :1] - 0.5) - np.abs(_shares(first)[..., :1] - 0.5)
    return _mean(further, seen)


def _counted(data: ArrayLike, model: ArrayLike) -> tuple[Reals, Reals, NDArray[np.bool_]]:
    """Return counts (..., objects, groups) of both sides, and which objects both have, (..., objects, 1)."""
    first, second = np.asarray(data, dtype=np.float64), np.asarray(model, dtype=np.float64)
    if first.ndim < 2 or first.shape != second.shape or min(first.min(), second.min()) < 0:
        raise ValueError(
            f"counts of shapes {first.shape} and {second.shape} do not go together; give objects by groups, twice"
        )
    seen = (first.sum(axis=-1, keepdims=True) > 0) & (second.sum(axis=-1, keepdims=True) > 0)
    return first, second, seen


def _shares(counts: Reals) -> Reals:
    totals = counts.sum(axis=-1, keepdims=True)
    return np.asarray(counts / np.where(totals > 0, totals, 1.0))


def _mean(values: Reals, chosen: NDArray[np.bool_]) -> Reals:
    """Return the mean over the last two dimensions of the `chosen` values; 0 where none is."""
    count = chosen.sum(axis=(-2, -1))
    return np.asarray(np.where(chosen, values, 0.0).sum(axis=(-2, -1)) / np.maximum(count, 1))


def _binary(given: ArrayLike) -> Reals:
    values = np.asarray(given, dtype=np.float64)
    values = values[:, None] if values.ndim == 1 else values
    if values.ndim != 2 or not bool(np.isin(values, (0.0, 1.0)).all()):
        raise ValueError("arrays of 0 and 1 are needed, one row a picture, one column a task or an attribute")
    return values
