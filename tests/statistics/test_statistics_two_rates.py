"""Two rates compared, against statsmodels, against Fisher's table by hand, and by what an interval must do."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact, norm
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

from toolkit.statistics.two_rates import equal_rates_p, higher_rate_p, rate_ratio


@st.composite
def two_counts(draw: st.DrawFn, most: int = 400) -> tuple[int, int, int, int]:
    n, m = draw(st.integers(1, most)), draw(st.integers(1, most))
    return draw(st.integers(0, n)), n, draw(st.integers(0, m)), m


def score(a: int, n: int, b: int, m: int, ratio: float) -> float:
    """The squared score statistic, the restricted rates found by a search and not by the closed form."""
    rates = np.linspace(0, min(1.0, 1 / ratio), 200_001)[1:-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        likelihood = (
            a * np.log(ratio * rates)
            + (n - a) * np.log1p(-ratio * rates)
            + b * np.log(rates)
            + (m - b) * np.log1p(-rates)
        )
    q2 = rates[np.argmax(likelihood)]
    q1 = ratio * q2
    return float((a / n - ratio * b / m) ** 2 / (q1 * (1 - q1) / n + ratio**2 * q2 * (1 - q2) / m))


@pytest.mark.parametrize("counts", [(80, 100, 90, 100), (3, 40, 30, 60), (995, 1000, 400, 410), (1, 30, 2, 900)])
def test_ratio_interval_is_that_of_statsmodels(counts: tuple[int, int, int, int]) -> None:
    found = rate_ratio(*counts)
    low, high = confint_proportions_2indep(*counts, compare="ratio", method="score", correction=False)
    assert float(found.low) == pytest.approx(float(low), rel=1e-4)
    assert float(found.high) == pytest.approx(float(high), rel=1e-4)


@pytest.mark.parametrize("counts", [(80, 100, 90, 100), (5, 12, 11, 20), (40, 50, 199, 200)])
def test_the_ends_are_where_the_score_test_turns(counts: tuple[int, int, int, int]) -> None:
    found = rate_ratio(*counts)
    limit = float(norm.isf(0.025)) ** 2
    for end in (found.low, found.high):
        assert score(*counts, float(end)) == pytest.approx(limit, rel=1e-3)


def test_ratios_at_the_ends_of_the_range() -> None:
    none_kept = rate_ratio(0, 10, 5, 10)
    assert (float(none_kept.ratio), float(none_kept.low)) == (0.0, 0.0)
    assert 0 < float(none_kept.high) < 1
    others_lost = rate_ratio(5, 10, 0, 10)
    assert float(others_lost.high) == math.inf
    assert float(others_lost.low) > 1
    nothing = rate_ratio([0, 0], [5, 0], [0, 3], [6, 4])
    assert np.isnan(nothing.ratio).all()
    assert nothing.low.tolist() == [0, 0]
    assert np.isinf(nothing.high).all()


@given(two_counts())
def test_ratio_lies_in_its_interval_and_turns_over_with_the_sides(counts: tuple[int, int, int, int]) -> None:
    a, n, b, m = counts
    found, turned = rate_ratio(a, n, b, m), rate_ratio(b, m, a, n)
    if a and b:
        assert float(found.low) <= float(found.ratio) * (1 + 1e-9)
        assert float(found.ratio) <= float(found.high) * (1 + 1e-9)
        assert float(found.low) == pytest.approx(1 / float(turned.high), rel=1e-6)


@given(two_counts(), st.sampled_from([0.5, 0.8, 0.99]))
def test_more_confidence_is_a_wider_interval(counts: tuple[int, int, int, int], confidence: float) -> None:
    narrow, wide = rate_ratio(*counts, confidence=confidence), rate_ratio(*counts, confidence=0.999)
    assert float(wide.low) <= float(narrow.low) * (1 + 1e-9)
    assert float(wide.high) >= float(narrow.high) * (1 - 1e-9)


def test_the_test_is_fishers() -> None:
    # The lady tasting tea: 3 of 4 right on both sides; 17 of 70 tables are as good or better.
    assert float(equal_rates_p(3, 4, 1, 4)) == pytest.approx(2 * 17 / 70)


@given(two_counts(60))
def test_each_tail_is_that_of_scipys_one_sided_test(counts: tuple[int, int, int, int]) -> None:
    a, n, b, m = counts
    tails = [
        float(fisher_exact([[a, n - a], [b, m - b]], alternative=side).pvalue)  # type: ignore[arg-type]
        for side in ("less", "greater")
    ]
    assert float(equal_rates_p(a, n, b, m)) == pytest.approx(min(1.0, 2 * min(tails)))


def test_large_counts_agree_with_the_pooled_test() -> None:
    # Within the probability of the observed table itself, which the exact tail holds whole.
    expected = float(proportions_ztest([80_500, 930_000], [100_000, 1_150_000])[1])
    assert float(equal_rates_p(80_500, 100_000, 930_000, 1_150_000)) == pytest.approx(expected, rel=0.05)


@given(two_counts(60))
def test_p_is_a_probability_and_the_same_from_either_side(counts: tuple[int, int, int, int]) -> None:
    a, n, b, m = counts
    p = float(equal_rates_p(a, n, b, m))
    assert 0 < p <= 1
    assert p == pytest.approx(float(equal_rates_p(b, m, a, n)))
    assert p == pytest.approx(float(equal_rates_p(n - a, n, m - b, m)))


def test_nothing_to_compare_shows_nothing() -> None:
    assert equal_rates_p([0, 5, 0], [10, 5, 0], [0, 7, 3], [20, 7, 4]).tolist() == [1, 1, 1]


@pytest.mark.parametrize("counts", [(5, 4, 1, 2), (-1, 4, 1, 2), (1, 4, 3, 2)])
def test_impossible_counts_are_refused(counts: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="impossible"):
        equal_rates_p(*counts)
    with pytest.raises(ValueError, match="impossible"):
        rate_ratio(*counts)


def test_fair_rates_are_refused_no_more_often_than_promised() -> None:
    generator = np.random.default_rng(20_240_508)
    n, m = generator.integers(20, 300, 4000), generator.integers(200, 3000, 4000)
    p = equal_rates_p(generator.binomial(n, 0.93), n, generator.binomial(m, 0.93), m)
    refused = int((p <= 0.05).sum())
    assert refused <= 4000 * 0.05 + 3 * math.sqrt(4000 * 0.05 * 0.95)
    assert refused > 0


@given(two_counts())
def test_a_higher_rate_is_tested_as_scipy_does(counts: tuple[int, int, int, int]) -> None:
    k, n, j, m = counts
    expected = fisher_exact([[k, n - k], [j, m - j]], alternative="greater").pvalue
    assert higher_rate_p(k, n, j, m) == pytest.approx(float(expected), rel=1e-6, abs=1e-12)
