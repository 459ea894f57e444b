"""Which groups lose by another decision: counts by brute force, intervals and tests by libraries."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact
from statsmodels.stats.proportion import proportion_confint

from toolkit.curate.exploring.group_changes import GroupChange, group_changes
from toolkit.curate.exploring.near_threshold import nearest, spread
from toolkit.curate.groups.attributes import Attribute, Attributes
from toolkit.curate.groups.recipe import GroupRecipe

COMBINATIONS = ((), ("woman",), ("man",), ("man", "woman"))
ROWS = st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.booleans()), min_size=1, max_size=60)


def changes(codes: list[int], before: list[bool], now: list[bool]) -> list[GroupChange]:
    array = np.array(codes, dtype=np.int32)
    attributes = (
        Attribute("gender", "words", array, COMBINATIONS),
        Attribute("source", "metadata", array, COMBINATIONS),
    )
    given_ = Attributes(attributes, np.ones(len(codes), bool), ())
    return group_changes(given_, np.array(before), np.array(now), GroupRecipe())


@given(ROWS)
def test_counts_are_those_of_every_row(rows: list[tuple[int, bool, bool]]) -> None:
    for one in changes(*map(list, zip(*rows, strict=True))):
        assert one.attribute == "gender", "groups of metadata are no people"
        members = [(before, now) for code, before, now in rows if one.group in COMBINATIONS[code]]
        assert one.rows == len(members)
        assert one.before == sum(before for before, _ in members)
        assert one.lost == sum(before and not now for before, now in members)
        assert one.gained == sum(now and not before for before, now in members)
        assert (one.loss is None) == (one.before == 0)
        if one.kept is not None:
            assert one.kept.value == sum(now for _, now in members) / one.rows
            assert one.kept.low <= one.kept.value <= one.kept.high


def planted() -> list[GroupChange]:
    codes = [1] * 100 + [2] * 200 + [0] * 50
    before = [True] * 350
    now = [place >= 40 for place in range(100)] + [place >= 10 for place in range(200)] + [False] * 50
    return changes(codes, before, now)


def test_a_group_that_loses_more_comes_first_with_interval_and_test() -> None:
    first, second = planted()
    assert (first.group, first.lost, first.flagged) == ("woman", 40, True)
    assert (second.group, second.lost, second.flagged) == ("man", 10, False)
    assert first.loss is not None
    assert first.loss.value == 0.4
    assert first.loss[1:] == pytest.approx(proportion_confint(40, 100, method="wilson"))
    tails = [fisher_exact([[40, 60], [10, 190]], alternative=side).pvalue for side in ("less", "greater")]
    assert first.q == pytest.approx(2 * min(tails), rel=1e-6), (
        "both tests are one: what one loses more, others lose less"
    )


def test_nothing_lost_is_no_test() -> None:
    found = changes([1] * 50 + [2] * 50, [False] * 100, [True] * 100)
    assert [(one.lost, one.gained, one.q, one.flagged) for one in found] == [(0, 50, None, False)] * 2


def test_without_people_there_are_no_groups() -> None:
    assert changes([0] * 30, [True] * 30, [False] * 30) == []


VALUES = st.lists(st.floats(-1e3, 1e3) | st.just(float("nan")), max_size=50)
WHOLE = st.lists(st.integers(-50, 5000).map(float), max_size=50)


@given(VALUES | WHOLE, st.floats(-1e3, 1e3))
def test_every_value_is_in_one_bin(values: list[float], threshold: float) -> None:
    found = spread(np.array(values), threshold)
    known = [one for one in values if one == one]
    assert sum(one.rows for one in found) == len(known)
    for one in found[:-1]:
        assert one.rows == sum(one.start <= value < one.end for value in known)
    if found:
        assert found[0].start <= min(threshold, *known)
        assert found[-1].end >= max(threshold, *known)
        assert len(found) <= 61


@given(VALUES, st.floats(-1e3, 1e3), st.integers(0, 8), st.data())
def test_the_nearest_are_nearest(values: list[float], threshold: float, most: int, data: st.DataObject) -> None:
    some = data.draw(st.lists(st.integers(0, len(values) - 1), unique=True).map(sorted) if values else st.just([]))
    found = nearest(np.array(values), threshold, np.array(some, dtype=np.int64), most).tolist()
    expected = sorted((row for row in some if values[row] == values[row]), key=lambda row: abs(values[row] - threshold))
    assert found == expected[:most]
