"""The noise floor: exact where it can be, the same every time where it is drawn, falling with n."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from toolkit.statistics.distances import total_variation
from toolkit.statistics.noise_floor import noise_floor, total_variation_floor


def from_uniform(p):
    return total_variation(p, np.full(len(p), 1 / len(p)))


@given(st.integers(1, 300), st.floats(0.01, 0.99))
def test_two_groups_are_exact(n, rate):
    outcomes = np.arange(n + 1)
    expected = float(np.abs(outcomes / n - rate) @ binom.pmf(outcomes, n, rate))
    reference = [rate, 1 - rate]
    assert total_variation_floor(n, 2, reference=reference) == pytest.approx(expected, abs=1e-12)
    assert noise_floor(lambda p: total_variation(p, reference), n, 2, reference=reference) == pytest.approx(
        expected, abs=1e-9
    )


@given(st.integers(1, 12), st.integers(1, 5))
@settings(deadline=None)
def test_enumeration_agrees_with_the_closed_form(n, k):
    assert noise_floor(from_uniform, n, k) == pytest.approx(total_variation_floor(n, k), abs=1e-9)


def test_draws_agree_with_the_closed_form_and_repeat():
    first = noise_floor(from_uniform, 100, 10)
    assert first == pytest.approx(total_variation_floor(100, 10), abs=0.002)
    assert noise_floor(from_uniform, 100, 10) == first


@given(st.integers(1, 200), st.integers(2, 10))
@settings(deadline=None)
def test_more_pictures_have_a_lower_floor(n, k):
    assert total_variation_floor(4 * n, k) < total_variation_floor(n, k)


def test_an_audit_cannot_see_below_its_floor():
    fair = np.random.default_rng(3).multinomial(20, [0.5, 0.5], size=4000) / 20
    assert np.mean([from_uniform(p) for p in fair]) == pytest.approx(total_variation_floor(20, 2), abs=0.005)


@pytest.mark.parametrize(("n", "k", "reference"), [(0, 2, None), (5, 0, None), (5, 2, [0.5]), (5, 2, [0.9, 0.9])])
def test_questions_without_an_answer_are_refused(n, k, reference):
    for floor in (total_variation_floor, lambda *a, **b: noise_floor(from_uniform, *a, **b)):
        with pytest.raises(ValueError, match=r"floor|reference"):
            floor(n, k, reference=reference)
