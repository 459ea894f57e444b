"""The public names of the statistics: where the package says they are, with the signatures that others call."""

import inspect
import re
from importlib import import_module

import numpy as np
import pytest

import toolkit.statistics
from toolkit.statistics.corrections import Estimate
from toolkit.statistics.intervals import Interval

SIGNATURES = {
    "wilson": "k, n, confidence=0.95",
    "clopper_pearson": "k, n, confidence=0.95",
    "rogan_gladen": "share, sensitivity, specificity",
    "lang_reiczigel": "k, n, k_sens, n_sens, k_spec, n_spec, confidence=0.95",
    "correct_shares": "counts, confusion, confidence=0.95",
    "total_variation": "p, q",
    "jensen_shannon": "p, q",
    "mean_absolute_deviation": "p",
    "normalized_entropy": "p",
    "noise_floor": "measure, n, k, *, reference=None",
    "benjamini_hochberg": "p",
    "mcnemar": "b, c",
    "directional_amplification": "task, attribute, predicted_attribute",
    "vendi": "embeddings",
    "monk_tone": "rgb",
    "ita": "rgb",
    "expected_maximum": "rates, size",
}


def listed():
    """Return the module of every name in the package's docstring."""
    lines = re.findall(r"^    (\w+)  +(\w+(?:, \w+)*)$", str(toolkit.statistics.__doc__), flags=re.MULTILINE)
    return {name: module for module, names in lines for name in names.split(", ")}


def public(name):
    return getattr(import_module(f"toolkit.statistics.{listed()[name]}"), name)


def test_the_package_lists_them_all_and_no_others():
    assert listed().keys() == SIGNATURES.keys()


@pytest.mark.parametrize("name", SIGNATURES)
def test_each_has_its_signature_and_says_what_it_returns(name):
    parameters = inspect.signature(public(name)).parameters.values()
    bare = inspect.Signature([one.replace(annotation=inspect.Parameter.empty) for one in parameters])
    assert str(bare) == f"({SIGNATURES[name]})"
    assert inspect.getdoc(public(name)).startswith("Return ")


def test_each_can_be_called_as_it_is_written_down():
    for name in ("wilson", "clopper_pearson"):
        low, high = public(name)(50, 3330)
        assert public(name)(50, 3330) == Interval(low=low, high=high)
        assert low < 50 / 3330 < high
    assert public("rogan_gladen")(0.2, 0.9, 0.9) == pytest.approx(0.125)
    estimate = public("lang_reiczigel")(50, 3330, 130, 157, 3308, 3324)
    assert isinstance(estimate, Estimate)
    assert estimate.low < estimate.value < estimate.high
    shares = public("correct_shares")([30, 70], [[90, 10], [10, 90]])
    assert [one.value for one in shares] == pytest.approx([0.25, 0.75])
    assert all(one.low < one.value < one.high for one in shares)
    assert public("total_variation")([1, 0], [0, 1]) == public("jensen_shannon")([1, 0], [0, 1]) == 1  # one bit
    assert public("mean_absolute_deviation")([1, 0]) == 0.5
    assert public("normalized_entropy")([0.5, 0.5]) == 1
    assert public("noise_floor")(lambda p: abs(p[0] - 0.5), 8, 2) == pytest.approx(0.137, abs=5e-4)
    assert public("benjamini_hochberg")([0.01, 0.04, 0.03]).tolist() == pytest.approx([0.03, 0.04, 0.04])
    assert public("mcnemar")(11, 0).p == pytest.approx(2 / 2**11)
    task, attribute = np.array([1, 1, 0, 0]), np.array([1, 0, 0, 0])
    assert public("directional_amplification")(task, attribute, [1, 1, 0, 0]) == pytest.approx(0.5)
    assert public("vendi")(np.eye(4)) == pytest.approx(4)
    assert public("monk_tone")((0xF6, 0xED, 0xE4)) == 1
    assert public("ita")((255, 255, 255)) == pytest.approx(90, abs=1)
    assert public("expected_maximum")([0.0, 0.5, 1.0], 2) == pytest.approx((0.5 + 1 + 1) / 3)
