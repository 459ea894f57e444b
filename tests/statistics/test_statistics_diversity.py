"""Diversity of embeddings: 1 for equal ones, n for orthogonal ones, whatever their length or order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from toolkit.statistics.diversity import mean_similarity, vendi, vendi_at

SETS = arrays(np.float64, st.tuples(st.integers(2, 12), st.just(5)), elements=st.floats(0.1, 10))


@pytest.mark.parametrize("count", [1, 2, 7])
def test_equal_rows_count_once_and_orthogonal_ones_each(count):
    assert vendi(np.ones((count, 8))) == pytest.approx(1)
    assert vendi(np.eye(count) * 3) == pytest.approx(count)


@given(SETS)
def test_it_lies_between_one_and_n_and_neither_order_nor_length_matters(vectors):
    found = vendi(vectors)
    assert 1 - 1e-9 <= found <= len(vectors) + 1e-9
    assert vendi(vectors[::-1] * np.arange(1, len(vectors) + 1)[:, None]) == pytest.approx(found, rel=1e-6)
    assert vendi(np.concatenate([vectors, vectors])) == pytest.approx(found, rel=1e-6)


@given(SETS)
def test_the_mean_cosine_is_that_of_all_pairs(vectors):
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    every = (unit @ unit.T)[np.triu_indices(len(unit), 1)]
    assert mean_similarity(vectors) == pytest.approx(every.mean(), abs=1e-9)


def test_sets_of_unequal_size_are_compared_at_one_size():
    stream = np.random.default_rng(0)
    large, small = stream.normal(size=(400, 30)), stream.normal(size=(40, 30))
    assert vendi(large) > vendi(small) + 5
    assert vendi_at(large, 40) == pytest.approx(vendi(small), rel=0.05)
    assert vendi_at(large, 40) == vendi_at(large, 40)


def test_what_has_no_direction_or_no_rows_is_said_plainly():
    assert vendi(np.zeros((0, 4))) == 0
    assert np.isnan(mean_similarity([[1.0, 0.0]]))
    with pytest.raises(ValueError, match="zeros"):
        vendi([[0.0, 0.0]])
    with pytest.raises(ValueError, match="finite"):
        vendi([[np.nan, 0.0]])
