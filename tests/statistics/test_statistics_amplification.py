"""Amplification: none where nothing changed, and of the sign of the change."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from toolkit.statistics.amplification import deviation_amplification, directional_amplification, zhao_amplification

ROWS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1), st.integers(0, 1)), min_size=4, max_size=40)


@given(ROWS)
def test_attributes_that_did_not_change_amplify_nothing(rows):
    task, attribute, _ = map(np.array, zip(*rows, strict=True))
    assume(task.any())
    assert directional_amplification(task, attribute, attribute) == 0


@given(ROWS)
def test_two_columns_that_say_the_same_say_no_more_than_one(rows):
    task, attribute, predicted = map(np.array, zip(*rows, strict=True))
    assume(task.any())
    once = directional_amplification(task, attribute, predicted)
    assert -1 <= once <= 1
    twice = directional_amplification(task, np.stack([attribute] * 2, 1), np.stack([predicted] * 2, 1))
    assert twice == pytest.approx(once)
    with_empty = directional_amplification(np.stack([task, 0 * task], 1), attribute, predicted)
    assert with_empty == pytest.approx(once)


def test_a_model_that_shows_the_favoured_more_often_amplifies():
    data = [[80, 20], [30, 70]]
    assert zhao_amplification(data, [[95, 5], [10, 90]]) == pytest.approx((0.15 + 0.2) / 2)
    assert zhao_amplification(data, data) == 0
    assert zhao_amplification([[5, 5]], [[9, 1]]) == 0  # the data favours nobody
    assert zhao_amplification([[8, 2], [0, 0]], [[9, 1], [7, 3]]) == pytest.approx(0.1)


def test_a_share_that_changes_sides_is_told():
    assert deviation_amplification(0.9, 0.7) == pytest.approx((0.2, False))
    found = deviation_amplification(0.3, 0.7)
    assert found.amplification == pytest.approx(0)
    assert found.reversed


def test_values_that_are_not_binary_are_refused():
    with pytest.raises(ValueError, match="0 and 1"):
        directional_amplification([0, 2], [0, 1], [0, 1])
    with pytest.raises(ValueError, match="no row has a task"):
        directional_amplification([0, 0], [0, 1], [0, 1])
    with pytest.raises(ValueError, match="do not go together"):
        directional_amplification([0, 1], [0, 1, 1], [0, 1, 1])
