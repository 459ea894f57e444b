"""How far a share moved, and which part of its way: against published forms, by property, and by drawing again."""

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.statistics.corrections import Estimate
from toolkit.statistics.moved_share import moved_estimates, moved_share
from toolkit.statistics.paired import paired_difference

TOLERANCE = 1e-12


def drawn(stream, n, before, after, alike):
    """Return pictures of n seeds before and after; a share `alike` of the seeds keep their place among all."""
    noise = stream.random(n)
    other = np.where(stream.random(n) < alike, noise, stream.random(n))
    return (noise < before).astype(float), (other < after).astype(float)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60), st.floats(0, 1))
def test_told_pairs_have_the_interval_of_bonett_and_price(pairs, target):
    before, after = (np.array(side, float) for side in zip(*pairs, strict=True))
    found = moved_share(before, after, np.arange(len(pairs)), target)
    gained, lost = int((after > before).sum()), int((before > after).sum())
    assert tuple(found.change) == pytest.approx(tuple(paired_difference(gained, lost, len(pairs))), abs=TOLERANCE)
    assert (found.pairs, found.gained, found.lost) == (len(pairs), gained, lost)
    if found.closed is not None:
        assert found.closed.low <= found.closed.value <= found.closed.high
        assert found.closed.value == pytest.approx((after.mean() - before.mean()) / (target - before.mean()))


@given(st.lists(st.tuples(st.sampled_from([0.0, 1.0, np.nan]), st.sampled_from([0.0, 1.0, np.nan])), max_size=40))
def test_each_side_counts_all_that_it_tells(pairs):
    before, after = (np.array([one[place] for one in pairs]) for place in (0, 1))
    if np.isnan(before).all() or np.isnan(after).all():
        with pytest.raises(ValueError, match="no picture that could be told"):
            moved_share(before, after, np.arange(len(pairs)), 0.5)
        return
    found = moved_share(before, after, np.arange(len(pairs)), 0.5)
    assert found.change.value == pytest.approx(np.nanmean(after) - np.nanmean(before))
    assert found.change.low <= found.change.value <= found.change.high
    assert found.pairs == int((~np.isnan(before) & ~np.isnan(after)).sum())


def test_there_is_no_way_to_go_from_the_target():
    half = np.tile([0.0, 1.0], 20)
    assert moved_share(half, np.ones(40), np.arange(40), 0.5).closed is None
    overshot = moved_share(np.ones(40), np.zeros(40), np.arange(40), 0.5).closed
    assert overshot.value == 2.0
    assert overshot.low > 1.5


def test_pictures_of_one_seed_are_one_draw():
    stream = np.random.default_rng(1)
    before, after = drawn(stream, 30, 0.9, 0.5, 0.0)
    alone = moved_share(before, after, np.arange(30), 0.5)
    copied = moved_share(np.repeat(before, 5), np.repeat(after, 5), np.repeat(np.arange(30), 5), 0.5)
    assert copied.change.value == alone.change.value
    width = [one.change.high - one.change.low for one in (alone, copied)]
    assert width[1] == pytest.approx(width[0], rel=0.15)
    assert width[1] > 1.8 * (width[0] / sqrt(5))


def test_estimates_that_are_known_for_sure_move_for_sure():
    found = moved_estimates(Estimate(0.9, 0.9, 0.9), Estimate(0.7, 0.7, 0.7), 0.5)
    assert tuple(found) == pytest.approx((0.5, 0.5, 0.5))
    assert moved_estimates(Estimate(0.6, 0.4, 0.8), Estimate(0.5, 0.4, 0.6), 0.5) is None


@pytest.mark.parametrize(
    ("before", "after", "seeds", "target", "why"),
    [
        ([1.0], [1.0, 0.0], [1], 0.5, "give one of each a picture"),
        ([1.0], [1.0], [1], 1.5, "a target of 1.5 is impossible"),
    ],
)
def test_what_cannot_be_is_refused(before, after, seeds, target, why):
    with pytest.raises(ValueError, match=why):
        moved_share(before, after, seeds, target)


def covered(n, before, after, target, alike, times):
    """Return how often intervals of the change, and of the part closed where it is told, hold the truth."""
    stream, hits, told = np.random.default_rng(7), np.zeros(2), 0
    for _ in range(times):
        found = moved_share(*drawn(stream, n, before, after, alike), np.arange(n), target)
        hits[0] += found.change.low - TOLERANCE <= after - before <= found.change.high + TOLERANCE
        if found.closed is not None and before != target:
            told += 1
            truth = (after - before) / (target - before)
            hits[1] += found.closed.low - TOLERANCE <= truth <= found.closed.high + TOLERANCE
    return hits[0] / times, hits[1] / max(told, 1), told / times


# Before, after, target: at the ends, nothing changed, overshot, half of the way, a target near an end.
WAYS = [
    (0.95, 0.5, 0.5), (0.99, 0.5, 0.5), (0.9, 0.9, 0.5), (0.98, 0.98, 0.5), (0.98, 0.02, 0.5), (0.9, 0.2, 0.5),
    (0.9, 0.7, 0.5), (0.02, 0.3, 0.5), (1.0, 0.75, 0.5), (0.95, 0.62, 0.38), (0.95, 0.05, 0.05), (0.8, 0.7, 0.5),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "target"), [WAYS[0], WAYS[3], WAYS[4], WAYS[8]])
def test_intervals_hold_the_truth_of_few_pictures(before, after, target):
    change, closed, told = covered(20, before, after, target, 0.5, 250)
    assert change >= 0.92
    assert closed >= 0.92
    assert told >= 0.95


@pytest.mark.slow
@pytest.mark.parametrize("alike", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("n", [20, 50, 100, 400])
@pytest.mark.parametrize(("before", "after", "target"), WAYS)
def test_intervals_hold_the_truth_when_experiments_are_drawn_again(n, before, after, target, alike):
    change, closed, _ = covered(n, before, after, target, alike, 2_000)
    assert change >= 0.92
    assert closed >= 0.92
