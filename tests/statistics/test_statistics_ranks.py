from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata

from toolkit.statistics.ranks import ranks_of, summarise_ranks


@given(st.integers(0, 10_000), st.integers(1, 12), st.integers(1, 9), st.booleans())
def test_ranks_are_those_of_scipy(seed: int, n: int, pool: int, ties: bool) -> None:
    stream = np.random.default_rng(seed)
    scores = stream.integers(0, 3, (n, pool)) if ties else stream.normal(size=(n, pool))
    right = stream.integers(0, pool, n)
    expected = rankdata(-scores, axis=1)[np.arange(n), right]
    assert ranks_of(scores, right).tolist() == expected.tolist()


def test_what_tells_nothing_apart_is_as_good_as_chance() -> None:
    found = summarise_ranks(ranks_of(np.zeros((50, 101)), np.arange(50)), pool=101)
    assert found.in_top == 0
    assert found.median == found.chance_median == 51


def test_a_summary_counts_the_front_and_says_what_chance_gives() -> None:
    found = summarise_ranks([1, 2, 10, 11, 500], pool=1000)
    assert (found.n, found.pool, found.top) == (5, 1000, 10)
    assert found.in_top == 0.6
    assert found.interval.low < 0.6 < found.interval.high
    assert found.median == 10
    assert found.chance_in_top == 0.01
    assert found.chance_median == 500.5
    assert summarise_ranks([1], pool=4).chance_in_top == 1


def test_random_scores_give_what_chance_gives() -> None:
    stream = np.random.default_rng(0)
    found = summarise_ranks(ranks_of(stream.normal(size=(4000, 200)), stream.integers(0, 200, 4000)), pool=200)
    assert found.interval.low < found.chance_in_top < found.interval.high
    assert found.median == pytest.approx(found.chance_median, abs=6)


def test_impossible_ranks_are_refused() -> None:
    with pytest.raises(ValueError, match="outside a pool of 3"):
        ranks_of(np.zeros((2, 3)), [0, 3])
    with pytest.raises(ValueError, match="do not match"):
        ranks_of(np.zeros((2, 3)), [0])
    with pytest.raises(ValueError, match="give one or more"):
        summarise_ranks([], pool=3)
