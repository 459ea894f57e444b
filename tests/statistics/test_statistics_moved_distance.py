"""The mean distance to targets, before and after: against its definition, and by drawing experiments again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.statistics.corrections import Estimate
from toolkit.statistics.distances import total_variation
from toolkit.statistics.moved_distance import moved_distance, redraw, redraw_estimates

TOLERANCE = 1e-9


def fresh():
    return np.random.default_rng(5)


def drawn(stream, n, before, after, alike):
    """Return counts (n, K) of n seeds with one picture each, before and after."""
    noise = stream.random(n)
    other = np.where(stream.random(n) < alike, noise, stream.random(n))
    unit = np.eye(len(before))
    return tuple(
        unit[np.searchsorted(np.cumsum(shares)[:-1], place, side="right")]
        for shares, place in ((before, noise), (after, other))
    )


def two(share):
    return np.array([share, 1 - share])


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40))
def test_the_figure_is_the_total_variation_to_the_target(pairs):
    counts = [np.eye(3)[[one[side] for one in pairs]] for side in (0, 1)]
    target = np.array([0.2, 0.3, 0.5])
    found = moved_distance([redraw(*counts, target, fresh())])
    for side, estimate in zip(counts, (found.before, found.after), strict=True):
        assert estimate.value == pytest.approx(total_variation(side.mean(axis=0), target))
        assert 0 <= estimate.low <= estimate.value + TOLERANCE
        assert estimate.value <= estimate.high + TOLERANCE <= 1 + 2 * TOLERANCE
    assert found.change.value == pytest.approx(found.after.value - found.before.value)
    assert found.change.low <= found.change.value <= found.change.high


def test_the_same_pictures_have_the_same_interval():
    counts = drawn(np.random.default_rng(3), 50, two(0.9), two(0.5), 0.5)
    assert moved_distance([redraw(*counts, two(0.5), fresh())]) == moved_distance([redraw(*counts, two(0.5), fresh())])


def test_slices_count_alike_however_many_pictures_they_have():
    far, near = (
        redraw(*drawn(fresh(), n, two(share), two(0.5), 0), two(0.5), fresh()) for n, share in ((40, 1), (400, 0.5))
    )
    both, alone = moved_distance([far, near]), [moved_distance([one]) for one in (far, near)]
    assert both.before.value == pytest.approx((alone[0].before.value + alone[1].before.value) / 2)


def test_seeds_shared_by_pictures_make_intervals_wide():
    first, second = drawn(np.random.default_rng(2), 40, two(0.9), two(0.6), 0)
    many = moved_distance([redraw(5 * first, 5 * second, two(0.5), fresh())])
    one = moved_distance([redraw(first, second, two(0.5), fresh())])
    assert many.change.high - many.change.low == pytest.approx(one.change.high - one.change.low, rel=0.1)


def test_corrected_shares_have_the_errors_of_their_intervals():
    before = [Estimate(0.9, 0.8, 1.0), Estimate(0.1, 0.0, 0.2)]
    after = [Estimate(0.5, 0.4, 0.6), Estimate(0.5, 0.4, 0.6)]
    found = moved_distance([redraw_estimates(before, after, two(0.5), fresh())])
    assert found.before.value == pytest.approx(0.4)
    assert found.before.low == pytest.approx(0.3, abs=0.03)
    assert found.change.high < -0.2


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        (np.ones((2, 2)), np.ones((3, 2)), "give \\(seeds, K\\) twice"),
        (np.ones((2, 2)), np.zeros((2, 2)), "no picture"),
    ],
)
def test_what_cannot_be_is_refused(before, after, why):
    with pytest.raises(ValueError, match=why):
        redraw(before, after, [0.5, 0.5], fresh())


def test_no_slice_is_refused():
    with pytest.raises(ValueError, match="give at least one"):
        moved_distance([])


def covered(n, slices, before, after, target, alike, times):
    """Return how often the intervals hold the true distance before, after, and its true change."""
    stream, hits = np.random.default_rng(11), np.zeros(3)
    truths = [total_variation(one, target) for one in (before, after)]
    truths.append(truths[1] - truths[0])
    for _ in range(times):
        one = fresh()
        found = moved_distance([redraw(*drawn(stream, n, before, after, alike), target, one) for _ in range(slices)])
        hits += [
            low - TOLERANCE <= truth <= high + TOLERANCE for (_, low, high), truth in zip(found, truths, strict=True)
        ]
    return hits / times


# Slices, before, after, target: at the target, nothing changed, at the ends, near the target, overshot.
WAYS = [
    (1, 0.95, 0.5, 0.5), (1, 0.98, 0.98, 0.5), (1, 0.9, 0.9, 0.5), (1, 0.5, 0.5, 0.5), (1, 0.98, 0.02, 0.5),
    (1, 0.99, 0.6, 0.5), (12, 0.9, 0.5, 0.5), (12, 0.95, 0.95, 0.5), (12, 0.6, 0.55, 0.5), (4, 0.95, 0.62, 0.38),
    (12, 0.97, 0.05, 0.05),
]  # fmt: skip


@pytest.mark.parametrize(("slices", "before", "after", "target"), [WAYS[0], WAYS[2], WAYS[5]])
def test_intervals_hold_the_truth_of_few_pictures(slices, before, after, target):
    assert covered(20, slices, two(before), two(after), two(target), 0.5, 100).min() >= 0.92


@pytest.mark.slow
@pytest.mark.parametrize("alike", [0.0, 0.9])
@pytest.mark.parametrize("n", [20, 100])
@pytest.mark.parametrize(("slices", "before", "after", "target"), WAYS)
def test_intervals_hold_the_truth_when_experiments_are_drawn_again(n, slices, before, after, target, alike):
    assert covered(n, slices, two(before), two(after), two(target), alike, 300).min() >= 0.92


@pytest.mark.slow
@pytest.mark.parametrize("n", [20, 100])
@pytest.mark.parametrize("after", ["even", "skewed"])
def test_intervals_hold_the_truth_of_ten_groups(n, after):
    skewed, even = np.array([0.7, 0.2, *[0.0125] * 8]), np.full(10, 0.1)
    end = {"even": even, "skewed": skewed}[after]
    assert covered(n, 4, skewed, end, even, 0.5, 100).min() >= 0.92
