"""Shares of several classes put right by a confusion matrix, abstentions a column of it."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from toolkit.statistics.confusion import concept_spread, correct, correct_shares, likeliest_shares, share_p
from toolkit.statistics.corrections import lang_reiczigel, rogan_gladen

GENDERS = np.array([[170, 10, 20], [16, 176, 8]])  # truth woman, man; label woman, man, abstained
THREE = np.array([[80, 15, 5], [10, 80, 10], [4, 16, 80]])


@settings(deadline=None, max_examples=30)
@given(st.integers(30, 100), st.integers(30, 100), st.integers(0, 200))
def test_two_classes_have_the_value_of_rogan_and_gladen(sens, spec, k):
    assume(sens + spec > 105)
    woman, man = correct_shares([k, 200 - k], [[sens, 100 - sens], [100 - spec, spec]])
    assert woman.value == pytest.approx(rogan_gladen(k / 200, sens / 100, spec / 100), abs=1e-3)
    assert woman.value + man.value == pytest.approx(1)
    assert woman.low <= woman.value <= woman.high
    assert (man.low, man.high) == pytest.approx((1 - woman.high, 1 - woman.low), abs=1e-9)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(1, 100), min_size=3, max_size=3))
def test_mixing_known_shares_and_correcting_gives_them_back(parts):
    shares = np.array(parts) / sum(parts)
    rates = THREE / THREE.sum(axis=1, keepdims=True)
    assert likeliest_shares(shares @ rates * 1e6, rates) == pytest.approx(shares, abs=1e-4)


def test_the_interval_is_about_as_wide_as_lang_and_reiczigels():
    woman, _ = correct_shares([60, 140], [[90, 10], [12, 88]])
    other = lang_reiczigel(60, 200, 90, 100, 88, 100)
    assert woman.high - woman.low == pytest.approx(other.high - other.low, rel=0.1)
    assert woman.low == pytest.approx(other.low, abs=0.02)


def test_abstentions_that_fall_on_one_class_do_not_lower_its_share():
    confusion = np.array([[40, 10, 50], [5, 95, 0]])  # women are abstained on half of the time
    labelled = np.array([0.5, 0.5]) @ (confusion / 100) * 2000
    woman, _ = correct_shares(labelled.round(), confusion)
    told_only = lang_reiczigel(int(labelled[0]), int(labelled[:2].sum()), 40, 50, 95, 100)
    assert woman.value == pytest.approx(0.5, abs=0.01)
    assert told_only.value < 0.4


@pytest.mark.parametrize("truth", [(0.02, 0.98), (0.3, 0.7), (0.5, 0.5)])
def test_intervals_hold_the_truth_with_matrix_and_labels_drawn_anew(truth):
    stream = np.random.default_rng(1)
    rates = GENDERS / GENDERS.sum(axis=1, keepdims=True)
    held, rounds = 0, 400
    for _ in range(rounds):
        matrix = np.stack([stream.multinomial(100, row) for row in rates])
        woman, _ = correct_shares(stream.multinomial(300, np.array(truth) @ rates), matrix)
        held += woman.low <= truth[0] <= woman.high
    assert 0.92 <= held / rounds <= 0.995


def test_labels_that_no_mixture_explains_are_told_from_those_that_one_does():
    rates = GENDERS / GENDERS.sum(axis=1, keepdims=True)
    fits = correct((np.array([0.4, 0.6]) @ rates * 500).round(), GENDERS[None])
    other = correct([100, 100, 300], GENDERS[None])  # most were abstained on, which happens with neither class
    assert fits.misfit > 0.2
    assert other.misfit < 0.01
    assert correct([60, 40], GENDERS[None, :, :2]).misfit == 1.0
    assert correct([400, 0], GENDERS[None, :, :2]).misfit < 0.01  # of women, some would have been taken for men


def test_errors_that_differ_between_concepts_are_counted_as_fewer_pictures_and_make_intervals_of_one_wider():
    stream = np.random.default_rng(2)
    truth, rounds = (0.3, 0.7), 300
    held = {"as many": 0, "one": 0}
    for _ in range(rounds):
        rates = [_rates_of_a_concept(stream) for _ in range(21)]
        known = np.stack([[stream.multinomial(12, row) for row in one] for one in rates[1:]])
        labelled = stream.multinomial(200, np.array(truth) @ rates[0])
        for name, concepts in (("as many", None), ("one", 1)):
            woman = correct(labelled, known, concepts=concepts).shares[0]
            held[name] += woman.low <= truth[0] <= woman.high
    assert held["one"] / rounds >= 0.92
    assert held["as many"] < held["one"]


def test_equal_concepts_have_no_spread_and_unequal_ones_do():
    stream = np.random.default_rng(0)
    same = np.stack([[stream.multinomial(40, row / row.sum()) for row in GENDERS] for _ in range(50)])
    apart = np.stack([[stream.multinomial(40, row) for row in _rates_of_a_concept(stream)] for _ in range(50)])
    assert concept_spread(same).correlation < 0.01
    assert 0.03 < concept_spread(apart).correlation < 0.2
    assert concept_spread(apart).design_effect > 1 + 39 * 0.03
    assert concept_spread(apart[:1]).design_effect == 1


def _rates_of_a_concept(stream):
    woman, man = stream.beta(12, 2), stream.beta(11, 2)
    return np.array([[0.9 * woman, 0.9 * (1 - woman), 0.1], [0.9 * (1 - man), 0.9 * man, 0.1]])


def test_p_is_small_far_from_the_draws_even_or_in_the_middle():
    draws = np.random.default_rng(0).normal(0.3, 0.02, 4000)
    assert share_p(draws, 0.3) > 0.9
    assert share_p(draws, 0.34) == pytest.approx(0.0455, abs=0.02)
    assert share_p(draws, 0.5) < 1e-15
    assert share_p(draws, 0.6) < share_p(draws, 0.5) or share_p(draws, 0.6) == share_p(draws, 0.5) > 0


@pytest.mark.parametrize(
    ("counts", "confusion", "said"),
    [
        ([1, 2, 3], [[1, 2], [3, 4]], "do not go together"),
        ([1, -2], [[1, 2], [3, 4]], "below zero"),
        ([0, 0], [[1, 2], [3, 4]], "nothing was labelled"),
        ([1, 2], [[0, 0], [3, 4]], "no picture of known truth"),
        ([1, 2], [[3, 4], [3, 4]], "cannot tell its classes apart"),
    ],
)
def test_what_cannot_be_corrected_is_refused_in_words(counts, confusion, said):
    with pytest.raises(ValueError, match=said):
        correct_shares(counts, confusion)
