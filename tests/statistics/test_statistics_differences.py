"""Differences of shares, and counts of two sides compared: against statsmodels, by hand, and by coverage."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep

from toolkit.statistics.amplification import (
    directional_amplification,
    directional_of_counts,
    zhao_amplification,
    zhao_of_many,
)
from toolkit.statistics.association import weat, weat_interval
from toolkit.statistics.corrections import Estimate
from toolkit.statistics.differences import hybrid_difference
from toolkit.statistics.intervals import wilson
from toolkit.statistics.paired import paired_difference

COUNTS = st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(COUNTS, COUNTS)
def test_with_wilson_intervals_it_is_newcombes(first, second):
    (k, n), (j, m) = first, second
    expected = confint_proportions_2indep(k, n, j, m, method="newcomb", compare="diff")
    found = hybrid_difference(Estimate(j / m, *wilson(j, m)), Estimate(k / n, *wilson(k, n)))
    assert (found.low, found.high) == pytest.approx(expected, abs=1e-9)


def test_a_figure_outside_its_interval_is_refused():
    with pytest.raises(ValueError, match="outside its interval"):
        hybrid_difference(Estimate(0.5, 0.6, 0.7), Estimate(0.5, 0.4, 0.6))


@given(st.integers(0, 60), st.integers(0, 60), st.integers(1, 60))
def test_a_paired_difference_lies_in_its_interval_and_mirrors(b, c, same):
    n = b + c + same
    value, low, high = paired_difference(b, c, n)
    assert value == (b - c) / n
    assert -1 <= low <= value <= high <= 1
    assert low < high
    assert paired_difference(c, b, n) == pytest.approx((-value, -high, -low))


def test_the_interval_of_a_paired_difference_covers_as_often_as_it_says():
    random = np.random.default_rng(5)
    for one_way, other_way, n in ((0.1, 0.1, 40), (0.3, 0.05, 25), (0.02, 0.02, 60)):
        drawn = random.multinomial(n, [one_way, other_way, 1 - one_way - other_way], 2_000)
        held = [
            low <= one_way - other_way <= high for _, low, high in (paired_difference(b, c, n) for b, c, _ in drawn)
        ]
        assert np.mean(held) >= 0.93


def test_impossible_pairs_are_refused():
    with pytest.raises(ValueError, match="impossible"):
        paired_difference(3, 3, 5)
    with pytest.raises(ValueError, match="impossible"):
        paired_difference(0, 0, 0)


@given(st.lists(st.tuples(*[st.integers(0, 1)] * 3), min_size=4, max_size=40))
def test_counted_pictures_amplify_as_paired_ones(rows):
    task, attribute, predicted = map(np.array, zip(*rows, strict=True))
    assume(0 < task.sum() < len(task))
    tasks, attributes, predictions = (np.stack([one, 1 - one], axis=1) for one in (task, attribute, predicted))
    paired = directional_amplification(tasks, attributes, predictions)
    counted = directional_of_counts(tasks.T @ attributes, tasks.T @ predictions)
    # A link that is exactly as strong as chance is none, in counts; rounding decides in arrays.
    joint = attributes.T @ tasks / len(task) - np.outer(attributes.mean(axis=0), tasks.mean(axis=0))
    assume(bool((np.abs(joint) > 1e-9).all()))
    assert counted == pytest.approx(paired)


def test_many_audits_at_once_are_each_as_alone():
    random = np.random.default_rng(1)
    data, model = random.integers(0, 20, (2, 30, 4, 3))
    many = zhao_of_many(data, model)
    assert many.shape == (30,)
    assert many.tolist() == pytest.approx([zhao_amplification(one, two) for one, two in zip(data, model, strict=True)])
    assert directional_of_counts(data, model).shape == (30,)
    assert zhao_of_many(np.zeros((2, 1, 2)), np.ones((2, 1, 2))).tolist() == [0, 0]


def test_the_interval_of_an_association_holds_it_and_words_that_score_alike_tell_nothing():
    random = np.random.default_rng(2)
    x, y, a, b = random.standard_normal((4, 8, 5))
    value, low, high = weat_interval(x, y, a, b)
    assert value == weat(x, y, a, b).effect_size
    assert low <= value <= high
    alike = np.tile([1.0, 0, 0, 0, 0], (8, 1))
    assert weat_interval(alike, alike, a, b) == (0.0, -2.0, 2.0)
