"""Differences of two shares by their intervals, distances tested by draws: against published and library figures."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep

from toolkit.statistics.comparisons import binomial_test
from toolkit.statistics.corrections import Estimate
from toolkit.statistics.differences import hybrid_difference, implied_p
from toolkit.statistics.distance_test import total_variation_p
from toolkit.statistics.intervals import wilson

COUNTS = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def share(k, n):
    return Estimate(k / n, *wilson(k, n))


def test_newcombes_own_example():
    """Newcombe (1998), Statistics in Medicine 17, 873-890, table II, contrast (a), method 10: 56/70 - 48/80."""
    found = hybrid_difference(share(48, 80), share(56, 70))
    assert found.value == pytest.approx(0.2)
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)


@given(COUNTS, COUNTS)
def test_wilson_intervals_give_the_difference_that_statsmodels_gives(first, second):
    found = hybrid_difference(share(*second), share(*first))
    low, high = confint_proportions_2indep(*first, *second, method="newcomb")
    assert (found.low, found.high) == pytest.approx((max(-1, low), min(1, high)), abs=1e-9)
    assert -1 <= found.low <= found.value <= found.high <= 1


@given(COUNTS, COUNTS)
def test_a_p_below_five_per_cent_is_an_interval_without_zero(first, second):
    one, two = share(*first), share(*second)
    found, p = hybrid_difference(one, two), implied_p(one, two)
    assume(min(abs(found.low), abs(found.high)) > 1e-9)
    assert 0 <= p <= 1
    assert (p < 0.05) == (found.low > 0 or found.high < 0)


def test_nothing_is_made_of_intervals_that_say_nothing():
    assert implied_p(Estimate(0.5, 0.5, 0.5), Estimate(0.5, 0.5, 0.5)) == 1
    with pytest.raises(ValueError, match="no width"):
        implied_p(Estimate(0.5, 0.5, 0.5), Estimate(0.6, 0.6, 0.6))
    with pytest.raises(ValueError, match="outside its interval"):
        hybrid_difference(Estimate(0.5, 0.6, 0.7), Estimate(0.5, 0.4, 0.7))


@given(COUNTS, st.sampled_from([0.5, 0.1, 0.874]))
def test_two_groups_are_tested_exactly(counts, reference):
    k, n = counts
    p = total_variation_p([k, n - k], [reference, 1 - reference])
    outcomes = np.abs(np.arange(n + 1) - n * reference)
    from scipy.stats import binom

    exact = binom.pmf(np.arange(n + 1), n, reference)[outcomes >= abs(k - n * reference) - 1e-6].sum()
    assert p == pytest.approx(min(1, exact), abs=1e-9)
    if reference == 0.5:
        assert p == pytest.approx(binomial_test(k, n).p, abs=1e-9)


def test_a_fair_generator_is_called_unfair_as_often_as_p_says():
    reference = [0.2, 0.3, 0.1, 0.4]
    drawn = np.random.default_rng(5).multinomial(60, reference, size=2_000)
    p = np.array([total_variation_p(one.tolist(), reference) for one in drawn])
    for level in (0.05, 0.2, 0.5):
        assert (p <= level).mean() <= level + 0.02
    assert (p <= 0.2).mean() >= 0.15
    assert total_variation_p([60, 0, 0, 0], reference) == pytest.approx(1e-4)
    assert total_variation_p([0, 0, 0, 0], reference) == total_variation_p([5], [1.0]) == 1


def test_impossible_questions_are_refused():
    with pytest.raises(ValueError, match="sum to 1"):
        total_variation_p([1, 2], [0.5, 0.6])
    with pytest.raises(ValueError, match="a count"):
        total_variation_p([1, -2], [0.5, 0.5])
