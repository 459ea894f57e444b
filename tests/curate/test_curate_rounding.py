"""Scores are rounded many at a time, and each as Python rounds one."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.curate.rounding import rounded

HALVES = st.integers(-(10**8), 10**8).map(lambda whole: (whole + 0.5) / 1e4)
SHARES = st.builds(lambda part, whole: part / whole, st.integers(0, 5000), st.integers(1, 5000))


@given(st.lists(st.none() | HALVES | SHARES | st.floats() | st.integers(-(2**53), 2**53)))
def test_it_rounds_as_python_does(values: list[float | None]) -> None:
    for value, found in zip(values, rounded(values), strict=True):
        if value is None or math.isnan(value):
            assert found is None if value is None else math.isnan(found)  # type: ignore[arg-type]
            continue
        expected = round(float(value), 4)
        assert found == expected
        assert math.copysign(1, found) == math.copysign(1, expected)  # type: ignore[arg-type]


@pytest.mark.parametrize(("value", "expected"), [(0.00125, 0.0013), (0.00375, 0.0037), (0.12345, 0.1235)])
def test_what_is_nearly_halfway_goes_by_all_its_digits(value: float, expected: float) -> None:
    """Multiplied by 10,000 each of these is halfway to the last bit."""
    assert value * 1e4 % 1 == 0.5
    assert rounded([value]) == [expected]
