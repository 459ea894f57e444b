"""Tables of two things read together: known tables, scipy as oracle, and what chance alone shows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import chi2_contingency, fisher_exact
from scipy.stats.contingency import association

from toolkit.statistics.independence import dependence, excess

tables = arrays(np.int64, st.tuples(st.integers(2, 3), st.integers(2, 4)), elements=st.integers(0, 12)).filter(
    lambda one: (one.sum(axis=0) > 0).all() and (one.sum(axis=1) > 0).all()
)


@settings(max_examples=25, deadline=None)
@given(tables)
def test_v_is_that_of_scipy_and_is_held_by_its_interval(table):
    found = dependence(table)
    assert found.v.value == pytest.approx(association(table, method="cramer"), abs=1e-9)
    assert 0 <= found.v.low <= found.v.value <= found.v.high <= 1
    assert 0 < found.p <= 1


@settings(max_examples=25, deadline=None)
@given(tables)
def test_what_exceeds_sums_to_nothing_over_rows_and_columns(table):
    found = excess(table)
    assert found.value.sum(axis=0) == pytest.approx(0, abs=1e-12)
    assert found.value.sum(axis=1) == pytest.approx(0, abs=1e-12)
    assert (found.low <= found.value).all()
    assert (found.value <= found.high).all()
    assert ((found.p >= 0) & (found.p <= 1)).all()


def test_the_p_of_a_cell_is_fishers():
    table = np.array([[9, 3, 1], [2, 8, 7]])
    found = excess(table)
    rest = np.array([[9, 4], [2, 15]])
    one_sided = min(fisher_exact(rest, alternative=side).pvalue for side in ("less", "greater"))
    assert found.p[0, 0] == pytest.approx(2 * one_sided)


def test_the_test_of_the_whole_agrees_with_chi_square_where_that_holds():
    table = np.array([[60, 40, 55], [45, 62, 50]])
    assert dependence(table).p == pytest.approx(chi2_contingency(table, correction=False).pvalue, abs=0.015)


def test_what_always_goes_together_is_1_and_what_never_does_is_near_its_floor():
    assert dependence(np.diag([30, 30])).v.value == 1
    assert dependence(np.diag([30, 30])).p == pytest.approx(1e-4)
    alike = dependence(np.full((2, 3), 20))
    assert alike.v.value == 0
    assert alike.p == 1
    assert alike.floor == pytest.approx(0.114, abs=0.01)  # E sqrt(chi2 of 2 degrees / 120)


def test_intervals_hold_what_was_planted_as_often_as_they_say():
    shares = np.array([[0.30, 0.10, 0.05], [0.15, 0.20, 0.20]])
    independent = np.outer(shares.sum(axis=1), shares.sum(axis=0))
    true_v = np.sqrt(((shares - independent) ** 2 / independent).sum())
    stream = np.random.default_rng(1)
    held, within = [], []
    for table in stream.multinomial(80, shares.ravel(), 120).reshape(-1, 2, 3):
        v, found = dependence(table).v, excess(table)
        held.append(v.low <= true_v <= v.high)
        within.append((found.low <= shares - independent) & (shares - independent <= found.high))
    assert 0.89 <= np.mean(held) <= 1
    assert 0.91 <= np.mean(within) <= 0.99


def test_chance_is_called_dependence_no_more_often_than_it_says():
    stream = np.random.default_rng(2)
    chance = stream.multinomial(40, np.full(6, 1 / 6), 120).reshape(-1, 2, 3)
    p = np.array([dependence(one).p for one in chance])
    assert (p <= 0.05).mean() <= 0.09


@pytest.mark.parametrize("table", [[[3, 4]], [[0, 0], [3, 4]], [[3, 0], [2, 0]], [[-1, 2], [3, 4]], [1, 2]])
def test_what_is_no_table_of_two_things_is_refused(table):
    with pytest.raises(ValueError):
        dependence(table)
