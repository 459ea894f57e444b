"""Shares corrected for an annotator's errors: they undo the errors, and their intervals hold the truth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.statistics.corrections import lang_reiczigel, prediction_powered, rogan_gladen
from toolkit.statistics.intervals import wilson

SHARES = st.floats(0, 1)
GOOD = st.floats(0.6, 1)


@given(SHARES, GOOD, GOOD)
def test_correcting_what_errors_did_to_a_share_gives_it_back(share, sensitivity, specificity):
    labelled = share * sensitivity + (1 - share) * (1 - specificity)
    assert rogan_gladen(labelled, sensitivity, specificity) == pytest.approx(share, abs=1e-9)


@given(st.integers(0, 80), st.integers(41, 80), st.integers(41, 80))
def test_the_interval_holds_the_value_and_the_other_group_mirrors_it(k, k_sens, k_spec):
    found = lang_reiczigel(k, 80, k_sens, 80, k_spec, 80)
    assert 0 <= found.low <= found.value <= found.high <= 1
    other = lang_reiczigel(80 - k, 80, k_spec, 80, k_sens, 80)
    assert (1 - other.high, 1 - other.low) == pytest.approx((found.low, found.high), abs=1e-9)


@given(st.integers(1, 999))
def test_a_perfect_annotator_of_many_known_pictures_leaves_nearly_the_plain_interval(k):
    found, plain = lang_reiczigel(k, 1000, 10**7, 10**7, 10**7, 10**7), wilson(k, 1000)
    assert found.value == pytest.approx(k / 1000)
    assert (found.low, found.high) == pytest.approx((plain.low, plain.high), abs=2e-3)


def test_where_the_plain_interval_nearly_always_misses_the_corrected_one_holds_the_truth():
    # se .95, sp .90, truth 10 %, n = 200, calibrated on 100 + 100: the plain interval covers 6 %, this one 95 %.
    stream = np.random.default_rng(4)
    truth, trials = 0.1, 2_000
    labelled = stream.binomial(200, truth * 0.95 + (1 - truth) * 0.1, trials)
    sens, spec = stream.binomial(100, 0.95, trials), stream.binomial(100, 0.90, trials)
    held = plain = 0
    for k, a, b in zip(labelled.tolist(), sens.tolist(), spec.tolist(), strict=True):
        found, naive = lang_reiczigel(k, 200, a, 100, b, 100), wilson(k, 200)
        held += found.low <= truth <= found.high
        plain += naive.low <= truth <= naive.high
    assert 0.93 <= held / trials <= 0.99
    assert plain / trials < 0.1


@given(st.integers(0, 40), st.integers(0, 40))
def test_an_annotator_that_says_nothing_is_refused(k_sens, k_spec):
    if k_sens + k_spec <= 40:
        with pytest.raises(ValueError, match="tell nothing"):
            lang_reiczigel(10, 40, k_sens, 40, k_spec, 40)


@pytest.mark.parametrize("bad", [(5, 4, 3, 4, 3, 4), (-1, 4, 3, 4, 3, 4), (0, 0, 3, 4, 3, 4), (1, 4, 5, 4, 3, 4)])
def test_impossible_counts_are_refused(bad):
    with pytest.raises(ValueError, match="cannot be used"):
        lang_reiczigel(*bad)


@settings(deadline=None, max_examples=20)
@given(st.floats(0.1, 0.9), st.integers(0, 1000))
def test_reviews_drawn_at_random_put_labels_right(share, seed):
    stream = np.random.default_rng(seed)
    held = 0
    for _ in range(200):
        truth = stream.random(1500) < share
        label = np.where(truth, stream.random(1500) < 0.9, stream.random(1500) < 0.2)
        seen, rest = slice(0, 300), slice(300, None)
        missed, invented = int((truth & ~label)[seen].sum()), int((~truth & label)[seen].sum())
        found = prediction_powered((int(label[rest].sum()), 1200), (missed, invented, 300))
        held += found.low <= share <= found.high
    assert held >= 178  # of 200 at 95 %: fewer come by chance once in 2,000 times
