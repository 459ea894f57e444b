"""Intervals of pictures that are alike: wide enough where prompts, or seeds, move together."""

import numpy as np
import pytest

from toolkit.statistics.intervals import wilson
from toolkit.statistics.resampling import clustered_mean


def test_independent_pictures_get_about_the_plain_interval():
    stream = np.random.default_rng(0)
    hits = stream.random(2000) < 0.3
    found, plain = clustered_mean(hits, np.arange(2000) % 200), wilson(int(hits.sum()), 2000)
    assert found.value == hits.mean()
    assert (found.low, found.high) == pytest.approx((plain.low, plain.high), abs=0.006)


def test_prompts_that_always_show_the_same_are_as_few_as_there_are_prompts():
    hits = np.repeat([1, 0, 1, 0, 0, 1, 1, 0, 0, 0] * 5, 200)
    found, plain = clustered_mean(hits, np.repeat(np.arange(50), 200)), wilson(20, 50)
    assert found.high - found.low == pytest.approx(plain.high - plain.low, rel=0.15)


def test_shared_noise_is_redrawn_too_or_the_interval_covers_too_seldom():
    # 50 prompts x 20 seeds, seed correlation .05: a bootstrap of prompts alone covers 80 %.
    stream = np.random.default_rng(3)
    prompts, seeds = np.repeat(np.arange(50), 20), np.tile(np.arange(20), 50)
    held = {"both": 0, "prompts": 0}
    for _ in range(150):
        noise = stream.normal(0, np.sqrt(0.05), 20)[seeds] + stream.normal(0, np.sqrt(0.95), 1000)
        hits = noise > 0
        for name, given in (("both", seeds), ("prompts", None)):
            found = clustered_mean(hits, prompts, given)
            held[name] += found.low <= 0.5 <= found.high
    assert held["both"] >= 135
    assert held["prompts"] < held["both"] - 10


def test_one_cluster_is_not_measurable():
    with pytest.raises(ValueError, match="one cluster"):
        clustered_mean([1, 0], ["a", "a"])
    with pytest.raises(ValueError, match="do not go together"):
        clustered_mean([], [])
