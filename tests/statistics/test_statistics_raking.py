"""Raking: closed form for one margin, statsmodels' view of the same weights, bounds, and what must not matter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from statsmodels.stats.weightstats import DescrStatsW

from toolkit.statistics.raking import design_effect, effective_size, rake, shares

CELLS = np.array([[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]])
COUNTS = np.array([40, 10, 5, 20, 30, 15])
ROWS = np.repeat(CELLS, COUNTS, axis=0)
TARGETS = ([0.5, 0.5], [0.2, 0.3, 0.5])


@st.composite
def tables(draw: st.DrawFn) -> tuple[np.ndarray, list[list[float]]]:
    """Rows with every combination of two or three categories at least once, so that every target can be met."""
    sizes = draw(st.lists(st.integers(2, 4), min_size=1, max_size=3))
    cells = np.stack(np.meshgrid(*map(np.arange, sizes), indexing="ij"), axis=-1).reshape(-1, len(sizes))
    counts = draw(st.lists(st.integers(1, 30), min_size=len(cells), max_size=len(cells)))
    targets = []
    for size in sizes:
        parts = np.array(draw(st.lists(st.integers(1, 20), min_size=size, max_size=size)), dtype=float)
        targets.append((parts / parts.sum()).tolist())
    return np.repeat(cells, counts, axis=0), targets


def test_one_margin_is_target_over_share() -> None:
    codes = np.array([0] * 30 + [1] * 60 + [2] * 10)
    found = rake([codes], [[0.5, 0.3, 0.2]])
    assert found.converged
    assert found.weights[[0, 30, 90]].tolist() == pytest.approx([0.5 / 0.3, 0.3 / 0.6, 0.2 / 0.1])


def test_two_margins_are_the_nearest_weights_by_a_general_solver() -> None:
    """Minimise the Kullback-Leibler divergence from equal weights under the margins with another method."""
    size = COUNTS / COUNTS.sum()
    wanted = [
        {"type": "eq", "fun": lambda w, c=c, k=k, t=t: (w * size)[CELLS[:, c] == k].sum() - t}
        for c, target in enumerate(TARGETS)
        for k, t in enumerate(target)
        if (c, k) != (1, 2)  # the last is implied by the others
    ]
    best = minimize(
        lambda w: float((size * w * np.log(w)).sum()),
        np.ones(6),
        bounds=[(1e-6, None)] * 6,
        constraints=wanted,
        options={"ftol": 1e-12},
    )
    found = rake(ROWS.T, TARGETS)
    first = np.cumsum(COUNTS) - COUNTS
    assert found.weights[first] == pytest.approx(best.x, abs=1e-3)


@given(tables())
def test_margins_are_met_and_weights_are_positive_with_mean_one(given: tuple[np.ndarray, list[list[float]]]) -> None:
    rows, targets = given
    found = rake(rows.T, targets)
    assert found.converged
    assert (found.weights > 0).all()
    assert found.weights.mean() == pytest.approx(1)
    for codes, target in zip(rows.T, targets, strict=True):
        assert shares(codes, len(target), found.weights) == pytest.approx(target, abs=1e-6)


@given(tables(), st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_of_margins_matters(
    given: tuple[np.ndarray, list[list[float]]], random: object
) -> None:
    rows, targets = given
    shuffled = np.random.default_rng(random.getrandbits(32)).permutation(len(rows))  # type: ignore[attr-defined]
    plain = rake(rows.T, targets).weights
    assert rake(rows[shuffled].T, targets).weights == pytest.approx(plain[shuffled], rel=1e-6)
    assert rake(rows.T[::-1], targets[::-1]).weights == pytest.approx(plain, rel=1e-5)


def test_a_cap_bounds_the_weights_and_the_margins_still_hold() -> None:
    free = rake(ROWS.T, TARGETS)
    cap = 0.9 * free.weights.max()
    capped = rake(ROWS.T, TARGETS, cap=cap)
    assert capped.converged
    assert capped.weights.max() <= cap * (1 + 1e-6)
    for codes, target in zip(ROWS.T, TARGETS, strict=True):
        assert shares(codes, len(target), capped.weights) == pytest.approx(target, abs=1e-6)
    assert rake(ROWS.T, TARGETS, cap=1000).weights == pytest.approx(free.weights, rel=1e-6)


def test_what_cannot_be_met_is_said() -> None:
    tied = np.array([[0, 0]] * 10 + [[1, 1]] * 10)  # the two margins always agree, so they cannot differ
    found = rake(tied.T, [[0.5, 0.5], [0.3, 0.7]])
    assert not found.converged
    assert found.error == pytest.approx(0.2, abs=0.02)
    assert not rake([ROWS[:, 0]], [[0.9, 0.1]], cap=1.5).converged


@pytest.mark.parametrize(
    ("margins", "targets", "cap", "said"),
    [
        ([[0, 1]], [[1.0, 0.0]], None, "shares above 0"),
        ([[0, 1]], [[0.5, 0.6]], None, "sum 1"),
        ([[0, 0]], [[0.5, 0.5]], None, "no row is of category 1"),
        ([[0, 2]], [[0.5, 0.5]], None, "outside 0 to 1"),
        ([[0, 1]], [[0.5, 0.5]], 1.0, "cap of 1.0"),
        ([], [], None, "at least one"),
        ([[]], [[0.5, 0.5]], None, "at least one"),
    ],
)
def test_impossible_targets_are_refused(margins: list, targets: list, cap: float | None, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        rake(margins, targets, cap=cap)


def test_effective_size_is_the_loss_of_precision_of_a_mean() -> None:
    weights = np.array([1.0, 1.0, 2.0, 4.0])
    assert effective_size(weights) == pytest.approx(64 / 22)
    assert effective_size(np.ones(7)) == 7
    assert design_effect(np.ones(7)) == 1
    # The variance of a weighted mean of unit-variance values is sum w^2 / (sum w)^2.
    generator = np.random.default_rng(0)
    means = [DescrStatsW(generator.normal(size=4), weights=weights).mean for _ in range(4000)]
    assert 1 / np.var(means) == pytest.approx(effective_size(weights), rel=0.1)


@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=50))
def test_effective_size_lies_between_one_and_the_rows(weights: list[float]) -> None:
    assert 1 - 1e-9 <= effective_size(weights) <= len(weights) * (1 + 1e-9)
    assert design_effect(weights) >= 1


def test_weights_that_say_nothing_have_no_effective_size() -> None:
    with pytest.raises(ValueError, match="no effective size"):
        effective_size([0.0, 0.0])
