"""Intervals against statsmodels, and what must hold of any interval."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from toolkit.statistics.distances import total_variation
from toolkit.statistics.intervals import clopper_pearson, total_variation_interval, wilson

COUNTS = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
CONFIDENCES = st.floats(0.5, 0.999)


@given(COUNTS, CONFIDENCES)
def test_wilson_agrees_with_statsmodels(counts, confidence):
    k, n = counts
    low, high = proportion_confint(k, n, alpha=1 - confidence, method="wilson")
    assert wilson(k, n, confidence) == pytest.approx((max(0, low), min(1, high)), abs=1e-9)


@given(COUNTS, CONFIDENCES)
def test_clopper_pearson_agrees_with_statsmodels(counts, confidence):
    k, n = counts
    low, high = proportion_confint(k, n, alpha=1 - confidence, method="beta")
    assert clopper_pearson(k, n, confidence) == pytest.approx((low, high), abs=1e-9)


@given(COUNTS)
def test_intervals_hold_the_rate_and_mirror_when_hits_and_misses_swap(counts):
    k, n = counts
    for interval in (wilson, clopper_pearson):
        low, high = interval(k, n)
        assert 0 <= low <= k / n <= high <= 1
        assert interval(n - k, n) == pytest.approx((1 - high, 1 - low), abs=1e-9)


@pytest.mark.parametrize("interval", [wilson, clopper_pearson])
def test_no_trials_say_nothing(interval):
    assert interval(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("k", "n", "confidence"), [(-1, 5, 0.95), (6, 5, 0.95), (1, 5, 1.0), (1, 5, 0.0)])
@pytest.mark.parametrize("interval", [wilson, clopper_pearson])
def test_impossible_counts_are_refused(interval, k, n, confidence):
    with pytest.raises(ValueError, match="impossible"):
        interval(k, n, confidence)


@given(st.lists(st.integers(0, 200), min_size=2, max_size=10).filter(lambda counts: sum(counts) > 0))
def test_the_interval_of_total_variation_holds_its_estimate(counts):
    shares = np.array(counts) / sum(counts)
    uniform = np.full(len(counts), 1 / len(counts))
    low, high = total_variation_interval(counts, uniform.tolist())
    assert 0 <= low <= total_variation(shares, uniform) + 1e-12
    assert total_variation(shares, uniform) <= high + 1e-12 <= 1 + 1e-12


@pytest.mark.parametrize("truth", [(0.5, 0.5), (0.9, 0.1), (0.05,) * 8 + (0.3, 0.3)])
def test_the_interval_of_total_variation_covers_the_truth_at_least_as_often_as_it_says(truth):
    uniform = [1 / len(truth)] * len(truth)
    target = total_variation(truth, uniform)
    audits = np.random.default_rng(7).multinomial(100, truth, size=2000)
    covered = [low <= target <= high for low, high in (total_variation_interval(a.tolist(), uniform) for a in audits)]
    assert np.mean(covered) >= 0.94


def test_the_interval_of_total_variation_refuses_another_length():
    with pytest.raises(ValueError, match="2 counts and a reference of 3"):
        total_variation_interval([1, 2], [0.2, 0.3, 0.5])
