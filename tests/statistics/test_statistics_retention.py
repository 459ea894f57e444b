"""Whom a filter leaves out: by hand on small counts, by its algebra, and by simulation of biased and fair filters."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.statistics.intervals import wilson
from toolkit.statistics.retention import SIGNIFICANT, adjust, flagged, retention
from toolkit.statistics.two_rates import rate_ratio

# One data set of the simulation: four attributes as captions of 20,000 rows name them, and six rules one after another.
ROWS = 20_000
SHARES = {
    "gender": (0.11, 0.09),
    "age": (0.04, 0.02, 0.015, 0.01),
    "region": (0.03, 0.025, 0.02, 0.015, 0.01, 0.008, 0.006, 0.005),
    "religion": (0.02, 0.01, 0.006, 0.005, 0.004),
}
KEEP = (0.97, 0.95, 0.9, 0.99, 0.85, 0.8)
# Of about 330 rows of the group that reach the fifth rule it keeps a fifth fewer, 0.68 in place of 0.85: nearly four
# standard errors beyond what 114 tests ask for.
BIASED, GROUP, RULE, FEWER = "region", 2, 4, 0.8
RATE_FLAGGED = 0.95


def counts_of_one_set(generator: np.random.Generator, bias: float) -> list[np.ndarray]:
    """Return reached and kept of every group, and of its others, int64 (4, groups), for each rule and attribute of one
    data set; the one rule keeps `bias` times as many of the one group."""
    codes = {
        name: generator.choice(len(shares) + 1, ROWS, p=[1 - sum(shares), *shares]) for name, shares in SHARES.items()
    }
    left = np.ones(ROWS, dtype=bool)
    found = []
    for rule, keep in enumerate(KEEP):
        chance = np.full(ROWS, keep)
        if rule == RULE:
            chance[codes[BIASED] == GROUP + 1] *= bias
        kept = left & (generator.random(ROWS) < chance)
        for name, shares in SHARES.items():
            n, k = (np.bincount(codes[name][some], minlength=len(shares) + 1)[1:] for some in (left, kept))
            found.append(np.array([n, k, n.sum() - n, k.sum() - k]))
        left = kept
    return found


def flags(sets: int, seed: int, bias: float) -> np.ndarray:
    """Return what is flagged in each of `sets` data sets: bool (sets, tests), the tests in the order of rules, then of
    attributes, then of groups. Each data set is one family."""
    every = [counts_of_one_set(np.random.default_rng([seed, number]), bias) for number in range(sets)]
    n, k, m, j = np.concatenate([np.concatenate(one, axis=1) for one in every], axis=1)
    found = retention(n, k, m, j)
    q = np.concatenate([adjust(one) for one in np.split(found.p, sets)])
    with np.errstate(invalid="ignore"):
        return flagged(k / n, j / m, q).reshape(sets, -1)


def flag_counts(sets: int, seed: int) -> tuple[int, int]:
    """Return in how many of `sets` data sets the planted bias is flagged, and in how many fair ones anything is."""
    before = list(SHARES).index(BIASED)
    groups = [len(shares) for shares in SHARES.values()]
    planted = RULE * sum(groups) + sum(groups[:before]) + GROUP
    found = flags(sets, 2 * seed, FEWER)[:, planted].sum()
    return int(found), int(flags(sets, 2 * seed + 1, 1.0).any(axis=1).sum())


def most_by_chance(sets: int, rate: float) -> float:
    """Return a count that a binomial of `rate` exceeds once in a thousand times."""
    return sets * rate + 3.1 * math.sqrt(sets * rate * (1 - rate))


def test_a_planted_bias_is_flagged_and_a_fair_filter_is_not() -> None:
    sets = 40
    found, any_fair = flag_counts(sets, seed=1)
    assert found >= RATE_FLAGGED * sets
    assert any_fair <= most_by_chance(sets, SIGNIFICANT)


@pytest.mark.slow
def test_over_200_data_sets_a_planted_bias_is_flagged_and_a_fair_filter_is_not() -> None:
    found, any_fair = flag_counts(200, seed=2)
    assert found >= RATE_FLAGGED * 200
    assert any_fair <= most_by_chance(200, SIGNIFICANT)


def test_figures_of_a_small_example() -> None:
    found = retention([1004, 1500], [812, 1350], [1500, 1004], [1350, 812])
    assert found.rate.value.tolist() == pytest.approx([812 / 1004, 0.9])
    assert (found.rate.low[0], found.rate.high[0]) == pytest.approx(wilson(812, 1004))
    assert found.best.tolist() == [1, 1]
    assert found.ratio.value.tolist() == pytest.approx([812 / 1004 / 0.9, 1.0])
    expected = rate_ratio(812, 1004, 1350, 1500)
    assert found.ratio.low[0] == pytest.approx(float(expected.low))
    assert math.isnan(found.ratio.low[1])
    assert found.share_before.tolist() == pytest.approx([1004 / 2504, 1500 / 2504])
    assert found.share_after.value.tolist() == pytest.approx([812 / 2162, 1350 / 2162])
    assert found.amplification.value[0] == pytest.approx((812 / 2162) / (1004 / 2504))
    assert found.p[0] == pytest.approx(found.p[1])
    assert flagged(found.rate.value, found.rate.value[::-1], adjust(found.p)).tolist() == [True, False]


def test_interval_of_amplification_covers_as_often_as_it_says() -> None:
    """A stream of pairs of which a fifth are of the group, kept at 0.7 and 0.85; shares before are given."""
    generator = np.random.default_rng(5)
    before, rate, others = 0.2, 0.7, 0.85
    truth = rate / (before * rate + (1 - before) * others)
    n, m, trials = 80, 320, 2000
    k, j = generator.binomial(n, rate, trials), generator.binomial(m, others, trials)
    found = retention(np.full(trials, n), k, np.full(trials, m), j).amplification
    covered = int(((found.low <= truth) & (truth <= found.high)).sum())
    assert covered >= trials * 0.95 - 3.1 * math.sqrt(trials * 0.95 * 0.05)


def test_groups_too_small_to_tell_are_not_tested_and_never_the_best() -> None:
    found = retention([19, 500, 500], [19, 400, 450], [1000, 519, 519], [850, 469, 419])
    assert found.measurable.tolist() == [False, True, True]
    assert math.isnan(found.p[0])
    assert found.best.tolist() == [2, 2, 2]
    assert found.rate.value[0] == 1.0
    alone = retention([500], [400], [0], [0])
    assert not alone.measurable[0]
    assert alone.best.tolist() == [-1]
    assert math.isnan(alone.ratio.value[0])
    assert (alone.share_after.low[0], alone.share_after.high[0]) == (1.0, 1.0)


@given(
    st.lists(st.tuples(st.integers(0, 300), st.floats(0, 1)), min_size=2, max_size=8),
    st.integers(1, 40),
)
def test_figures_agree_with_one_another(groups: list[tuple[int, float]], fewest: int) -> None:
    n = np.array([rows for rows, _ in groups])
    k = np.array([int(rows * share) for rows, share in groups])
    found = retention(n, k, n.sum() - n, k.sum() - k, fewest=fewest)
    if n.sum():
        assert float(np.nansum(found.share_before)) == pytest.approx(1)
    for bounded in (found.share_after, found.amplification, found.rate):
        known = ~np.isnan(bounded.value)
        assert (bounded.low[known] <= bounded.value[known] + 1e-9).all()
        assert (bounded.value[known] <= bounded.high[known] + 1e-9).all()
    tested = ~np.isnan(found.p)
    assert (tested == found.measurable).all()
    # A group is kept less often than its others exactly where its share falls.
    less = k * (n.sum() - n) < (k.sum() - k) * n
    falls = found.amplification.value < 1 - 1e-12
    known = ~np.isnan(found.amplification.value) & (n > 0) & (n < n.sum())
    assert (less[known] == falls[known]).all()
    assert len(set(found.best.tolist())) == 1
    if found.best[0] >= 0:
        assert found.rate.value[found.best[0]] == np.max(found.rate.value[found.measurable])


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 90), st.integers(0, 90), st.integers(0, 90), st.integers(0, 90)), max_size=4),
        min_size=1,
        max_size=4,
    )
)
def test_families_are_told_together_as_they_are_alone(families: list[list[tuple[int, int, int, int]]]) -> None:
    def counts(groups: list[tuple[int, int, int, int]]) -> list[list[int]]:
        given = [(max(a, b), min(a, b), max(c, d), min(c, d)) for a, b, c, d in groups]
        return [list(column) for column in zip(*given, strict=True)] or [[], [], [], []]

    numbers = [number for number, groups in enumerate(families) for _ in groups]
    together = retention(*counts([one for groups in families for one in groups]), families=numbers)
    first = 0
    for groups in families:
        alone = retention(*counts(groups))
        part = slice(first, first + len(groups))
        assert np.where(together.best[part] < 0, -1, together.best[part] - first).tolist() == alone.best.tolist()
        for ours, theirs in ((together.rate, alone.rate), (together.ratio, alone.ratio)):
            for end in ("value", "low", "high"):
                np.testing.assert_allclose(getattr(ours, end)[part], getattr(theirs, end), rtol=1e-12)
        np.testing.assert_allclose(together.p[part], alone.p, rtol=1e-12)
        first += len(groups)


def test_untested_groups_do_not_count_in_the_correction() -> None:
    assert adjust([0.01, math.nan, 0.04]).tolist() == pytest.approx([0.02, math.nan, 0.04], nan_ok=True)
    assert adjust([math.nan]).tolist() == pytest.approx([math.nan], nan_ok=True)
