"""Distances against scipy, their ranges, and what is no share."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy

from toolkit.statistics.distances import jensen_shannon, mean_absolute_deviation, normalized_entropy, total_variation


def shares(k):
    return (
        st.lists(st.integers(0, 1000), min_size=k, max_size=k)
        .filter(lambda counts: sum(counts) > 0)
        .map(lambda counts: np.array(counts) / sum(counts))
    )


PAIRS = st.integers(1, 12).flatmap(lambda k: st.tuples(shares(k), shares(k)))


@given(PAIRS)
def test_jensen_shannon_is_the_square_of_scipys_distance_in_bits(pair):
    p, q = pair
    assert jensen_shannon(p, q) == pytest.approx(np.nan_to_num(jensenshannon(p, q, base=2)) ** 2, abs=1e-7)


@given(PAIRS)
def test_distances_are_symmetric_bounded_and_zero_between_equals(pair):
    p, q = pair
    for distance in (total_variation, jensen_shannon):
        assert distance(p, q) == pytest.approx(distance(q, p), abs=1e-12)
        assert 0 <= distance(p, q) <= 1 + 1e-12
        assert distance(p, p) == pytest.approx(0, abs=1e-12)


@given(st.integers(2, 12).flatmap(shares))
def test_normalized_entropy_agrees_with_scipy(p):
    assert normalized_entropy(p) == pytest.approx(entropy(p) / np.log(len(p)), abs=1e-9)


def test_disjoint_shares_are_as_far_apart_as_can_be():
    assert total_variation([1, 0], [0, 1]) == 1
    assert jensen_shannon([1, 0], [0, 1]) == 1
    assert normalized_entropy([1, 0, 0]) == 0
    assert normalized_entropy([0.25] * 4) == pytest.approx(1)
    assert normalized_entropy([1.0]) == 1


@given(st.integers(2, 12))
def test_the_greatest_mean_absolute_deviation_depends_on_k(k):
    assert mean_absolute_deviation([1.0] + [0.0] * (k - 1)) == pytest.approx(2 * (k - 1) / k**2)


@pytest.mark.parametrize("bad", [[], [0.5, 0.6], [1.5, -0.5], [float("nan"), 1], [[0.5, 0.5]]])
def test_what_is_no_share_is_refused(bad):
    for measure in (normalized_entropy, mean_absolute_deviation, lambda p: total_variation(p, p)):
        with pytest.raises(ValueError, match="are not shares"):
            measure(bad)


def test_shares_of_different_length_are_not_compared():
    with pytest.raises(ValueError, match="2 and of 3 groups"):
        total_variation([0.5, 0.5], [0.2, 0.3, 0.5])
