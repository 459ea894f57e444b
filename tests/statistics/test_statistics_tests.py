"""Paired, permutation and planning statistics against scipy and statsmodels, and what they say at their edges."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import mcnemar as of_statsmodels
from statsmodels.stats.power import NormalIndPower

from toolkit.statistics.association import weat
from toolkit.statistics.order import expected_maximum
from toolkit.statistics.paired import mcnemar
from toolkit.statistics.power import labelled_share, pictures_against, pictures_per_arm
from toolkit.statistics.raters import krippendorff_alpha

COUNTS = st.integers(0, 60)


@given(COUNTS, COUNTS)
def test_mcnemar_agrees_with_statsmodels(b, c):
    if b + c:
        assert mcnemar(b, c).p == pytest.approx(float(of_statsmodels([[5, b], [c, 7]], exact=True).pvalue), abs=1e-12)
    assert mcnemar(b, c).p == mcnemar(c, b).p
    assert mcnemar(b, c).difference == -mcnemar(c, b).difference
    assert mcnemar(0, 0) == (0.0, 1.0)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=9), st.data())
def test_the_expected_maximum_is_the_mean_over_all_choices(rates, data):
    from itertools import combinations

    size = data.draw(st.integers(1, len(rates)))
    every = [max(some) for some in combinations(rates, size)]
    assert expected_maximum(rates, size) == pytest.approx(np.mean(every), abs=1e-9)


def test_the_greatest_of_more_rates_than_there_are_is_refused():
    with pytest.raises(ValueError, match="not defined"):
        expected_maximum([0.1, 0.2], 3)


@settings(deadline=None)
@given(st.floats(0.2, 0.8), st.floats(0.2, 0.8))  # nearer to 0 or 1 the two approximations part
def test_pictures_per_arm_are_near_statsmodels_arcsine_answer(first, second):
    if abs(first - second) < 0.05:
        return
    effect = 2 * np.arcsin(np.sqrt(first)) - 2 * np.arcsin(np.sqrt(second))
    other = NormalIndPower().solve_power(abs(effect), power=0.8, alpha=0.05)
    assert pictures_per_arm(first, second) == pytest.approx(other, rel=0.15, abs=3)


def test_a_claim_reaches_the_power_that_was_planned():
    from scipy.stats import binom

    from toolkit.statistics.comparisons import binomial_test

    n = pictures_against(0.5, 0.6)
    reached = sum(binom.pmf(k, n, 0.6) for k in range(n + 1) if binomial_test(k, n, 0.5).p <= 0.05)
    assert 0.75 <= reached <= 0.85
    through_labels = pictures_against(labelled_share(0.5, 0.9, 0.9), labelled_share(0.6, 0.9, 0.9))
    assert 1.4 * n < through_labels < 1.8 * n  # the difference shrinks to 0.8 of itself


def test_equal_rates_take_no_number_of_pictures():
    with pytest.raises(ValueError, match="cannot be told apart"):
        pictures_per_arm(0.5, 0.5)


def test_weat_finds_an_association_and_none_where_there_is_none():
    stream = np.random.default_rng(0)
    away = np.eye(10)[0] * 2
    first, second = stream.normal(size=(20, 10)), stream.normal(size=(20, 10))
    near, far = stream.normal(size=(8, 10)) + away, stream.normal(size=(8, 10)) - away
    found = weat(first + away, second - away, near, far)
    assert found.effect_size > 1
    assert found.p < 0.001
    assert weat(second - away, first + away, near, far).effect_size == pytest.approx(-found.effect_size)
    assert weat(first, second, near, far).p > 0.02
    assert weat(np.ones((3, 4)), np.ones((3, 4)), np.eye(4)[:2], np.eye(4)[2:]) == (0.0, 1.0)


def test_alpha_is_one_for_agreement_and_about_zero_for_guesses():
    stream = np.random.default_rng(0)
    assert krippendorff_alpha([["a", "a"], ["b", "b"], ["a"]]) == 1
    assert abs(krippendorff_alpha(stream.integers(0, 3, (2000, 3)).tolist())) < 0.05
    assert np.isnan(krippendorff_alpha([["a"], []]))
    assert krippendorff_alpha([["a", "a"]]) == 1
