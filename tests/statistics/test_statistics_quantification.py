"""Corrected shares are what the field of quantification calls adjusted counts: quapy as oracle."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from toolkit.statistics.confusion import correct_shares
from toolkit.statistics.corrections import rogan_gladen

REASON = "pip install --no-deps quapy"


@settings(max_examples=200, deadline=None)
@given(st.floats(0, 1), st.integers(1, 60), st.integers(0, 60), st.integers(1, 60), st.integers(0, 60))
def test_two_classes_of_known_rates_are_adjusted_counts(share, hits, misses, rejected, accepted):
    adjusted = pytest.importorskip("quapy.functional", reason=REASON).solve_adjustment_binary
    sensitivity, specificity = hits / (hits + misses), rejected / (rejected + accepted)
    assume(sensitivity + specificity > 1 + 1e-6)
    expected = adjusted(share, tpr=sensitivity, fpr=1 - specificity)
    assert rogan_gladen(share, sensitivity, specificity) == pytest.approx(float(expected), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    arrays(np.int64, (3, 3), elements=st.integers(0, 15)),
    arrays(np.int64, (3,), elements=st.integers(1, 40)),
    arrays(np.int64, (3,), elements=st.integers(0, 200)),
)
def test_several_classes_are_adjusted_counts_wherever_these_are_shares(errors, diagonal, counts):
    aggregative = pytest.importorskip("quapy.method.aggregative", reason=REASON)
    confusion = errors + np.diag(diagonal + errors.sum(axis=1))  # each class is read rightly more often than not
    assume(counts.sum() > 0)
    rates = confusion / confusion.sum(axis=1, keepdims=True)
    labelled = counts / counts.sum()
    inverted = np.linalg.solve(rates.T, labelled)
    assume((inverted >= 0).all())  # elsewhere inverting gives no shares, and every method cuts in its own way
    expected = aggregative.ACC.solve_adjustment(rates.T, labelled, method="inversion", solver="exact-raise")
    found = [one.value for one in correct_shares(counts, confusion)]
    assert found == pytest.approx(np.asarray(expected).tolist(), abs=2e-3)
