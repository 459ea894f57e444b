"""Shares from readings of all pictures and reviews of some: exact where all are seen, honest where few are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.statistics.corrections import prediction_powered
from toolkit.statistics.prediction_powered import reviewed_share
from toolkit.statistics.raters import alpha_interval, krippendorff_alpha


def columns(group, told=None):
    """Return (n, 2): whether each picture is of the group, and whether it was told at all."""
    group = np.asarray(group, bool)
    told = np.ones(len(group), bool) if told is None else np.asarray(told, bool)
    return np.stack([group & told, told], axis=1).astype(float)


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), min_size=4, max_size=60))
def test_where_everything_was_reviewed_it_is_what_reviewers_say(pictures):
    read, truth, told = np.array(pictures).T
    if told.sum() == 0:
        return
    found = reviewed_share(columns(read), columns(truth, told), np.ones(len(read)), np.arange(len(read)), 0.5).share
    assert found.value == pytest.approx((truth & told).sum() / told.sum())
    assert found.low <= found.value <= found.high


def test_its_value_is_that_of_the_published_estimator():
    stream = np.random.default_rng(2)
    truth = stream.random(400) < 0.4
    read = np.where(stream.random(400) < 0.85, truth, ~truth)
    picked = np.zeros(400, bool)
    picked[stream.choice(400, 80, replace=False)] = True
    found = reviewed_share(columns(read), columns(truth), np.where(picked, 0.2, 0), np.arange(400), 0.5)
    missed, invented = (int((picked & one).sum()) for one in (truth & ~read, ~truth & read))
    theirs = prediction_powered((int(read.sum()), 400), (missed, invented, 80))
    assert found.share.value == pytest.approx(theirs.value)
    assert found.share.high - found.share.low == pytest.approx(theirs.high - theirs.low, rel=0.25)


def audits(truth, sensitivity, specificity, count, drawn, runs, *, by_reading):
    """Return how often 95 % intervals hold `truth`, and the mean error, of reviews drawn evenly or by what was read."""
    stream = np.random.default_rng(11)
    held, off = 0, 0.0
    for _ in range(runs):
        actual = stream.random(count) < truth
        read = np.where(actual, stream.random(count) < sensitivity, stream.random(count) >= specificity)
        chance = np.where(read, 2, 0.5) * drawn / count if by_reading else np.full(count, drawn / count)
        chance = np.where(stream.random(count) < chance, chance, 0)
        found = reviewed_share(columns(read), columns(actual), chance, np.arange(count), 0.5).share
        held += found.low <= truth <= found.high
        off += found.value - truth
    return held / runs, off / runs


@pytest.mark.parametrize("by_reading", [False, True])
@pytest.mark.parametrize(
    ("truth", "sensitivity", "specificity"), [(0.5, 0.9, 0.8), (0.1, 0.9, 0.95), (0.3, 0.99, 0.99)]
)
def test_intervals_hold_the_truth_however_reviews_were_drawn_at_random(truth, sensitivity, specificity, by_reading):
    held, off = audits(truth, sensitivity, specificity, 400, 60, 400, by_reading=by_reading)
    assert held >= 0.925
    assert abs(off) < 0.015


def test_reviews_of_uncertain_pictures_would_bias_it():
    """What notes of the field warn of: truth 30 %, reviews of the least certain taken for random ones."""
    stream = np.random.default_rng(4)
    held, off = 0, 0.0
    for _ in range(200):
        actual = stream.random(600) < 0.3
        signal = np.where(actual, 1, -1) + stream.normal(0, 1, 600) + 0.4
        picked = np.argsort(np.abs(signal)) < 0  # nobody yet
        picked[np.argsort(np.abs(signal))[:100]] = True
        chance = np.where(picked, 100 / 600, 0)
        found = reviewed_share(columns(signal > 0), columns(actual), chance, np.arange(600), 0.5).share
        held += found.low <= 0.3 <= found.high
        off += found.value - 0.3
    assert held / 200 < 0.6
    assert abs(off / 200) > 0.05


def test_pictures_of_one_noise_are_one_draw():
    stream = np.random.default_rng(3)
    truth = np.repeat(stream.random(60) < 0.5, 5)
    apart, alike = (
        reviewed_share(columns(truth), columns(truth), np.full(300, 1.0), draws, 0.5).error
        for draws in (np.arange(300), np.repeat(np.arange(60), 5))
    )
    assert alike / apart == pytest.approx(5**0.5, rel=0.1)


@pytest.mark.parametrize(
    ("probability", "said"),
    [
        ([0, 0, 0, 0.5], "1 reviewed pictures say nothing"),
        ([0.5, 1.5, 0, 0], "lies in"),
        ([0.5, 0.5, 0.5], "do not fit"),
    ],
)
def test_impossible_reviews_are_refused(probability, said):
    with pytest.raises(ValueError, match=said):
        reviewed_share(columns([1, 0, 1, 0]), columns([1, 0, 1, 0]), probability, np.arange(4), 0.5)
    with pytest.raises(ValueError, match="could tell nothing"):
        reviewed_share(columns([1, 0, 1]), columns([0, 0, 0], [0, 0, 0]), [1, 1, 1], np.arange(3), 0.5)


@given(st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=4), max_size=30))
def test_the_interval_of_agreement_holds_the_agreement(ratings):
    if sum(len(one) > 1 for one in ratings) < 2:
        with pytest.raises(ValueError, match="were rated twice"):
            alpha_interval(ratings)
        return
    found = alpha_interval(ratings)
    assert found.value == krippendorff_alpha(ratings)
    assert found.low <= found.value <= found.high <= 1


def test_more_pictures_say_more_of_agreement():
    few = [["a", "a"], ["a", "b"], ["b", "b"], ["b", "b"]] * 3
    wide, narrow = alpha_interval(few), alpha_interval(few * 10)
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)
    assert alpha_interval([["a", "a"], ["b", "b"]] * 5) == (1.0, 1.0, 1.0)
