"""Evenness by several definitions: equal to the single functions, covered by its intervals, floors of fair draws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.statistics.distances import jensen_shannon, mean_absolute_deviation, normalized_entropy
from toolkit.statistics.evenness import MEASURES, evenness
from toolkit.statistics.noise_floor import noise_floor

SINGLE = {
    "mean_absolute_deviation": mean_absolute_deviation,
    "jensen_shannon": lambda p: jensen_shannon(p, np.full(len(p), 1 / len(p))),
    "normalized_entropy": normalized_entropy,
    "ratio": lambda p: min(p) / max(p),
}


@given(st.lists(st.integers(0, 200), min_size=2, max_size=10).filter(any))
def test_values_are_those_of_the_single_functions_and_lie_within_their_intervals(counts):
    shares = np.array(counts) / sum(counts)
    for name, one in evenness(counts).items():
        assert one.value == pytest.approx(SINGLE[name](shares), abs=1e-9)
        assert 0 <= one.low <= one.value <= one.high <= 1


@pytest.mark.parametrize(("n", "k"), [(8, 2), (100, 2), (30, 4), (100, 10)])
def test_floors_are_what_fair_draws_show(n, k):
    found = evenness([n, *[0] * (k - 1)])
    for name, single in SINGLE.items():
        assert found[name].floor == pytest.approx(noise_floor(single, n, k), abs=0.01)


@pytest.mark.parametrize(
    "shares", [(0.5, 0.5), (0.6, 0.4), (0.9, 0.1), (0.25,) * 4, (0.4, 0.3, 0.2, 0.1), (0.7, 0.1, 0.1, 0.1)]
)
def test_intervals_hold_the_truth(shares):
    random = np.random.default_rng(7)
    audits = 200
    found = [evenness(counts) for counts in random.multinomial(80, shares, size=audits).tolist()]
    for name, measure in MEASURES.items():
        truth = float(measure(np.array([shares]))[0])
        held = sum(one[name].low - 1e-9 <= truth <= one[name].high + 1e-9 for one in found)
        assert held / audits >= 0.92, (name, held / audits)


def test_no_counts_and_one_group_are_refused():
    for counts in ([0, 0], [5]):
        with pytest.raises(ValueError, match="two groups"):
            evenness(counts)
