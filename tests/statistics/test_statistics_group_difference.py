"""Differences of means within strata: statsmodels as oracle, and how often intervals and tests are right."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import ttest_1samp

from toolkit.statistics.group_difference import group_difference
from toolkit.statistics.resampling import clustered_mean_test


def drawn(stream, n=60, effect=0.0, strata=3):
    stratum, first = stream.integers(0, strata, n), stream.random(n) < 0.4
    return stratum + effect * first + stream.normal(size=n) * (1 + first), first, stratum


def test_it_is_least_squares_with_an_effect_of_each_stratum():
    values, first, stratum = drawn(np.random.default_rng(0), effect=1.0)
    found = group_difference(values, first, stratum, np.arange(60))
    design = np.column_stack([first, *(stratum == one for one in range(3))]).astype(float)
    fitted = sm.OLS(values, design).fit(cov_type="HC1")
    assert found.difference.value == pytest.approx(fitted.params[0])
    half = (found.difference.high - found.difference.low) / 2
    assert half / fitted.bse[0] == pytest.approx(2.0, abs=0.05)
    assert found.units == 60


def test_without_strata_it_is_the_difference_of_two_means():
    values, first, _ = drawn(np.random.default_rng(1))
    found = group_difference(values, first, np.zeros(60), np.arange(60))
    assert found.difference.value == pytest.approx(values[first].mean() - values[~first].mean())


def test_a_mix_of_strata_is_no_difference():
    stratum = np.repeat([0, 1], 40)
    first = np.concatenate([np.arange(40) < 30, np.arange(40) < 8])
    values = 10.0 * stratum + np.tile([0.1, -0.1], 40)
    assert abs(values[first].mean() - values[~first].mean()) > 4
    assert group_difference(values, first, stratum, np.arange(80)).difference.value == pytest.approx(0, abs=0.02)


def test_values_of_one_draw_count_once():
    values, first, stratum = drawn(np.random.default_rng(2), effect=2.0)
    once = group_difference(values, first, stratum, np.arange(60))
    thrice = group_difference(*(np.tile(one, 3) for one in (values, first, stratum, np.arange(60))))
    assert thrice == once


def test_intervals_and_tests_are_right_as_often_as_they_say():
    stream = np.random.default_rng(3)
    held, found = [], []
    for _ in range(300):
        values, first, stratum = drawn(stream, n=24, effect=0.7)
        if (one := group_difference(values, first, stratum, np.arange(24))) is not None:
            held.append(one.difference.low <= 0.7 <= one.difference.high)
        values = values - 0.7 * first
        noise = np.random.default_rng(4).normal(size=12)[np.arange(24) // 2]  # every other picture shares its noise
        one = group_difference(stratum + noise + stream.normal(size=24), first, stratum, np.arange(24) // 2)
        found.append(one.p <= 0.05)
    assert 0.90 <= np.mean(held) <= 0.99
    assert np.mean(found) <= 0.08


def test_where_no_stratum_has_both_groups_there_is_none():
    assert group_difference([1.0, 2, 3, 4], [True, True, False, False], [0, 0, 1, 1], range(4)) is None
    with pytest.raises(ValueError, match="do not go together"):
        group_difference([1.0], [True, False], [0], [0])


def test_the_test_of_a_mean_is_students_where_every_value_is_a_cluster():
    values = np.random.default_rng(5).normal(0.4, 1, 30)
    found = clustered_mean_test(values, np.arange(30), 0.1)
    assert found.p == pytest.approx(ttest_1samp(values, 0.1).pvalue)
    assert clustered_mean_test(np.repeat(values, 2), np.repeat(np.arange(30), 2), 0.1).p == pytest.approx(found.p)
    assert clustered_mean_test([2.0, 2.0], [0, 1], 0.0).p is None
    with pytest.raises(ValueError, match="two at least"):
        clustered_mean_test([1.0, 2.0], [0, 0], 0.0)
