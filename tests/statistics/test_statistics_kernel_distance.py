from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest

from toolkit.statistics.kernel_distance import kernel_distance


def features(stream: np.random.Generator, count: int, shift: float = 0.0) -> np.ndarray:
    """Features that are no blob: two clusters, skewed, the second dimension moved by `shift`."""
    made = stream.gamma(2.0, size=(count, 6)) - 2
    made[stream.random(count) < 0.3] += 1.5
    made[:, 1] += shift
    return made


def by_hand(x: np.ndarray, y: np.ndarray) -> float:
    """The definition: Binkowski et al. (2018), equation 4."""

    def k(a: np.ndarray, b: np.ndarray) -> float:
        return float((a @ b / len(a) + 1) ** 3)

    within = [np.mean([k(a, b) for a, b in permutations(one, 2)]) for one in (x, y)]
    return float(sum(within) - 2 * np.mean([k(a, b) for a, b in product(x, y)]))


def test_it_is_the_definition_and_its_interval_that_of_leaving_each_out() -> None:
    stream = np.random.default_rng(1)
    x, y = features(stream, 11), features(stream, 7, shift=1.0)
    found = kernel_distance(x, y)
    assert found.value == pytest.approx(by_hand(x, y))
    variance = 0.0
    for mine, other in ((x, y), (y, x)):
        without = np.array([by_hand(np.delete(mine, one, 0), other) for one in range(len(mine))])
        variance += (len(mine) - 1) / len(mine) * ((without - without.mean()) ** 2).sum()
    assert found.interval.high - found.value == pytest.approx(1.959964 * variance**0.5, rel=1e-5)
    assert found.value - found.interval.low == pytest.approx(found.interval.high - found.value)
    assert (found.n, found.m) == (11, 7)


def test_sets_of_one_kind_have_no_distance_however_few() -> None:
    stream = np.random.default_rng(2)
    values = [kernel_distance(features(stream, 12), features(stream, 9)).value for _ in range(600)]
    assert np.mean(values) == pytest.approx(0, abs=3 * np.std(values) / 600**0.5)
    assert min(values) < 0


def test_the_interval_holds_the_true_distance_as_often_as_it_says() -> None:
    stream = np.random.default_rng(3)
    truth = kernel_distance(features(stream, 4000), features(stream, 4000, shift=0.8)).value
    hits = 0
    for _ in range(300):
        found = kernel_distance(features(stream, 120), features(stream, 90, shift=0.8))
        hits += found.interval.low <= truth <= found.interval.high
    assert 0.90 <= hits / 300 <= 0.99


def test_sets_that_cannot_be_compared_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        kernel_distance(np.zeros((5, 3)), np.zeros((5, 2)))
    with pytest.raises(ValueError, match="at least 3"):
        kernel_distance(np.zeros((5, 3)), np.zeros((2, 3)))
