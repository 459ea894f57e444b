"""The k-th smallest in parts, against a full sort."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from toolkit.statistics.selection import codes_of, count_codes, kth_smallest

ROUNDED = st.integers(-20_000, 20_000).map(lambda one: one / 10_000)  # what scores are
ANY = st.floats(allow_nan=True, allow_infinity=True)
VALUES = st.lists(st.one_of(ROUNDED, ANY, st.sampled_from([0.0, -0.0, 0.25, 0.2501])), min_size=1, max_size=80)


def _cut(values: NDArray[np.float64], shards: int, seed: int) -> list[NDArray[np.float64]]:
    random = np.random.default_rng(seed)
    return np.split(random.permutation(values), np.sort(random.integers(0, len(values) + 1, shards - 1)))


@given(VALUES, st.data(), st.sampled_from([1, 2, 16]), st.integers(0, 12), st.integers(0, 2**32))
@settings(max_examples=300, deadline=None)
def test_it_is_what_a_full_sort_has_there_however_values_are_cut(
    values: list[float], data: st.DataObject, shards: int, held: int, seed: int
) -> None:
    whole = np.array(values)
    place = data.draw(st.integers(0, len(whole) - 1))
    parts = _cut(whole, shards, seed)
    found = kth_smallest(lambda: parts, place, len(whole), held)
    assert np.array_equal(found, np.sort(whole)[place], equal_nan=True)


@given(VALUES, st.sampled_from([2, 16]), st.integers(0, 2**32))
def test_histograms_of_shards_add_up(values: list[float], shards: int, seed: int) -> None:
    codes = [codes_of(part) for part in _cut(np.array(values), shards, seed)]
    whole = count_codes(codes_of(np.array(values)), np.uint64(0), 0)
    assert np.array_equal(sum(count_codes(one, np.uint64(0), 0) for one in codes), whole)
    assert whole.sum() == len(values)


@given(st.lists(ANY, min_size=2, max_size=50))
def test_codes_are_in_the_order_of_values(values: list[float]) -> None:
    codes = codes_of(np.array(values))
    order = np.argsort(codes, kind="stable")
    assert np.array_equal(np.array(values)[order], np.sort(np.array(values)), equal_nan=True)
    equal = np.array(values)[:, None] == np.array(values)
    assert np.array_equal((codes[:, None] == codes)[equal], np.ones(equal.sum(), bool))


def test_values_are_read_once_where_they_may_be_held_and_a_few_times_where_not() -> None:
    values, reads = np.random.default_rng(0).normal(0.2, 0.07, 50_000), 0

    def parts() -> list[NDArray[np.float64]]:
        nonlocal reads
        reads += 1
        return np.array_split(values, 7)

    wanted = np.sort(values)[30_000]
    assert kth_smallest(parts, 30_000, len(values), held=50_000) == wanted
    assert reads == 1
    assert kth_smallest(parts, 30_000, len(values), held=49_999) == wanted
    assert reads == 3
    assert kth_smallest(parts, 30_000, len(values), held=0) == wanted
    assert reads <= 8


@pytest.mark.parametrize("place", [-1, 3])
def test_a_place_that_there_is_not_is_refused(place: int) -> None:
    with pytest.raises(ValueError, match="no place"):
        kth_smallest(lambda: [np.zeros(3)], place, 3)
