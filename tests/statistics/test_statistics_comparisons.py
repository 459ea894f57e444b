"""Tests of rates against scipy and statsmodels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, false_discovery_control
from statsmodels.stats.multitest import multipletests

from toolkit.statistics.comparisons import benjamini_hochberg, binomial_test

PROBABILITIES = st.lists(st.floats(0, 1), min_size=1, max_size=60)


@given(PROBABILITIES)
def test_benjamini_hochberg_agrees_with_scipy_and_statsmodels(p):
    q = benjamini_hochberg(p)
    assert q == pytest.approx(false_discovery_control(p, method="bh"), abs=1e-12)
    assert q == pytest.approx(multipletests(p, method="fdr_bh")[1], abs=1e-12)


@given(PROBABILITIES)
def test_naming_every_test_twice_changes_no_q(p):
    assert benjamini_hochberg([*p, *p])[: len(p)] == pytest.approx(benjamini_hochberg(p), abs=1e-12)


def test_a_family_without_tests_is_empty():
    assert len(benjamini_hochberg([])) == 0


@pytest.mark.parametrize("bad", [[1.2], [-0.1], [float("nan")], [[0.1]]])
def test_what_is_no_probability_is_refused(bad):
    with pytest.raises(ValueError, match="not probabilities"):
        benjamini_hochberg(bad)


@given(st.integers(1, 80).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.02, 0.98))
def test_the_binomial_p_is_the_weight_of_all_outcomes_no_likelier(counts, reference):
    k, n = counts
    weights = binom.pmf(np.arange(n + 1), n, reference)
    expected = weights[weights <= weights[k] * (1 + 1e-7)].sum()
    found = binomial_test(k, n, reference)
    assert found.p == pytest.approx(min(1, expected), abs=1e-9)
    assert found.difference == pytest.approx(k / n - reference)


def test_no_trials_show_nothing_and_impossible_ones_are_refused():
    assert binomial_test(0, 0) == (0.0, 1.0)
    with pytest.raises(ValueError, match="impossible"):
        binomial_test(3, 2)
    with pytest.raises(ValueError, match="impossible"):
        binomial_test(1, 2, 1.5)


def test_under_a_true_null_few_tests_are_called():
    draws = np.random.default_rng(11).binomial(100, 0.5, size=(400, 12))
    called = [(benjamini_hochberg([binomial_test(int(k), 100).p for k in row]) <= 0.05).any() for row in draws]
    assert np.mean(called) <= 0.06
