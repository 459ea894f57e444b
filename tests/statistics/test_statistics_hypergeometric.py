"""Tails of the hypergeometric distribution, against exact fractions and against scipy."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

from toolkit.statistics.hypergeometric import tails


@st.composite
def draws(draw: st.DrawFn, most: int = 60) -> tuple[int, int, int, int]:
    """k, drawn, marked and total, all of them possible together."""
    total = draw(st.integers(1, most))
    drawn, marked = draw(st.integers(0, total)), draw(st.integers(0, total))
    return draw(st.integers(max(0, drawn + marked - total), min(drawn, marked))), drawn, marked, total


@given(draws())
def test_tails_are_those_of_exact_fractions(counts: tuple[int, int, int, int]) -> None:
    k, drawn, marked, total = counts
    ways = [comb(marked, x) * comb(total - marked, drawn - x) for x in range(drawn + 1)]
    found = tails(*(np.array([one], dtype=np.float64) for one in counts))
    assert found.below[0] == pytest.approx(float(Fraction(sum(ways[: k + 1]), comb(total, drawn))), rel=1e-12)
    assert found.above[0] == pytest.approx(float(Fraction(sum(ways[k:]), comb(total, drawn))), rel=1e-12)


@pytest.mark.parametrize("size", [3_000, 10_000, 100_000])
def test_tails_of_many_rows_are_those_of_scipy(size: int) -> None:
    """Also where a tail is far below what 1 - p could hold."""
    random = np.random.default_rng(size)
    marked, rest = random.integers(size // 10, size, (2, 500))
    rate = random.random(500)
    k = random.binomial(marked, rate)
    drawn = k + random.binomial(rest, np.clip(rate + random.normal(0, 0.1, 500), 0, 1))
    found = tails(*(one.astype(np.float64) for one in (k, drawn, marked, marked + rest)))
    below, above = hypergeom.cdf(k, marked + rest, drawn, marked), hypergeom.sf(k - 1, marked + rest, drawn, marked)
    small = np.minimum(below, above)
    tested = small > 1e-280
    assert (small[tested] < 1e-20).sum() > 20, "far tails are among them"
    assert np.minimum(found.below, found.above)[tested] == pytest.approx(small[tested], rel=1e-10, abs=0)


def test_two_million_rows_are_tested_to_many_digits() -> None:
    found = tails(*(np.array([one]) for one in (799_000.0, 1_600_000.0, 1_000_000.0, 2_000_000.0)))
    exact = 0.00020483743890658554876  # the sum of its terms by mpmath, to forty digits
    assert found.below[0] == pytest.approx(exact, rel=1e-11, abs=0)
