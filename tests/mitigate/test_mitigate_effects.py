"""What a mitigation did, from arrays: rows by slice and group, the distance over slices, what could not be told."""

import numpy as np
import pytest

from toolkit.mitigate.effects import ABSENT, ABSTAINED, Judged, Share, SlicePictures, bias_row, skew_rows
from toolkit.mitigate.target import Target
from toolkit.mitigate.trade_off import pareto_points
from toolkit.statistics.intervals import wilson
from toolkit.statistics.noise_floor import total_variation_floor

GROUPS = ("man", "woman")
EVEN = Target("uniform", {"pilot": {"man": 0.5, "woman": 0.5}})


def shares(name, codes):
    """Return the shares of a slice as an audit has them."""
    told, found = codes[codes >= 0], {}
    for code, group in enumerate(GROUPS):
        k, n = int((told == code).sum()), len(told)
        figures = (k / n, *wilson(k, n)) if n else (None, None, None)
        found[name, group] = Share(*figures, n, int((codes == ABSTAINED).sum()), None if n else "all abstained")
    return found


def judged(slices, correction="uncorrected"):
    sides = [{}, {}]
    pictures = {}
    for name, both in slices.items():
        codes = [np.array(one, np.int64) for one in both]
        pictures[name] = SlicePictures(np.arange(len(codes[0])), *codes)
        for side, one in zip(sides, codes, strict=True):
            side.update(shares(name, one))
    return Judged(GROUPS, *sides, pictures, correction)


def row_of(found, group="man", target=EVEN):
    return next(row for row in skew_rows(found, target) if row["group"] == group)


def test_a_share_that_reached_its_target():
    row = row_of(judged({"pilot": ([0] * 38 + [1] * 2, [0] * 20 + [1] * 20)}))
    assert (row["before"], row["after"], row["target"]) == (0.95, 0.5, 0.5)
    assert row["change"] == pytest.approx(-0.45)
    assert row["closed"] == pytest.approx(1.0)
    assert row["closed_low"] < 1 < row["closed_high"]
    assert row["halfway"]
    assert row["away_from_start"]
    assert row["q"] < 0.001
    assert (row["pairs"], row["n_before"], row["n_after"]) == (40, 40, 40)


@pytest.mark.parametrize(
    ("men_after", "halfway", "away"),
    [(38, False, False), (30, False, True), (29, True, True), (11, True, True), (5, False, True)],
)
def test_halfway_counts_the_way_that_is_left_beyond_the_target_too(men_after, halfway, away):
    row = row_of(judged({"pilot": ([0] * 38 + [1] * 2, [0] * men_after + [1] * (40 - men_after))}))
    assert (row["halfway"], row["away_from_start"]) == (halfway, away)


def test_a_change_away_from_the_target_is_none_of_the_way():
    row = row_of(judged({"pilot": ([0] * 30 + [1] * 10, [0] * 40)}))
    assert row["closed"] < 0
    assert not row["halfway"]
    assert not row["away_from_start"]


def test_a_start_at_the_target_has_no_way_to_go():
    row = row_of(judged({"pilot": ([0, 1] * 20, [0] * 40)}))
    assert row["closed"] is None
    assert row["change"] == 0.5
    assert not row["halfway"]
    assert not row["away_from_start"]


def test_pictures_that_could_not_be_told_are_counted_and_bounded():
    row = row_of(judged({"pilot": ([0] * 40, [0] * 15 + [1] * 15 + [ABSTAINED] * 10)}))
    assert (row["n_after"], row["abstained_after"], row["pairs"]) == (30, 10, 30)
    assert (row["after_worst_low"], row["after_worst_high"]) == (0.375, 0.625)
    none = row_of(judged({"pilot": ([0] * 4, [ABSTAINED] * 4)}))
    assert none["change"] is None
    assert none["not_measurable"] == "in the second audit: all abstained"


def test_without_common_seeds_pictures_are_independent():
    row = row_of(judged({"pilot": ([0] * 20 + [ABSENT] * 20, [ABSENT] * 20 + [0] * 10 + [1] * 10)}))
    assert row["pairs"] == 0
    assert row["p"] < 0.001
    assert row["change"] == -0.5
    assert "independent" in row["method"]


def test_a_slice_that_an_audit_lacks_says_so():
    found = judged({"pilot": ([0] * 9, [1] * 9)})
    rows = skew_rows(found, Target("file", EVEN.shares | {"judge": {"man": 0.6, "woman": 0.4}}))
    assert [row["not_measurable"] for row in rows][:2] == [None, None]
    assert rows[2]["not_measurable"] == "in the first audit: it has no share of man in 'judge'"
    assert {row["q"] is None for row in rows[2:]} == {True}


def test_a_group_that_the_target_leaves_out_has_a_target_of_none():
    rows = skew_rows(judged({"pilot": ([0] * 9, [1] * 9)}), Target("file", {"pilot": {"woman": 1.0}}))
    assert [(row["group"], row["target"]) for row in rows] == [("woman", 1.0), ("man", 0.0)]


def test_the_distance_over_slices_is_the_mean_and_has_a_floor():
    target = Target("uniform", dict.fromkeys(("pilot", "judge"), EVEN.shares["pilot"]))
    found = judged({"pilot": ([0] * 40, [0, 1] * 20), "judge": ([0] * 30 + [1] * 10, [0] * 30 + [1] * 10)})
    row = bias_row(found, target)
    assert (row["before"], row["after"], row["slices"]) == (0.375, 0.125, 2)
    assert row["change"] == -0.25
    assert row["change_high"] < 0
    assert row["floor"] == pytest.approx(total_variation_floor(40, 2), abs=1e-6)


def test_a_distance_that_cannot_be_told_is_null():
    assert bias_row(judged({"pilot": ([0] * 4, [ABSTAINED] * 4)}), EVEN)["after"] is None
    assert bias_row(judged({}), EVEN)["slices"] == 0


def test_corrected_shares_move_by_their_own_intervals():
    sides = [
        {("pilot", group): Share(value, value - 0.05, value + 0.05, 100, 0) for group, value in one.items()}
        for one in ({"man": 0.9, "woman": 0.1}, {"man": 0.6, "woman": 0.4})
    ]
    found = Judged(GROUPS, *sides, {}, "confusion matrix")
    row = row_of(found)
    assert row["change"] == pytest.approx(-0.3)
    assert row["closed"] == pytest.approx(0.75)
    assert row["closed_low"] < 0.75 < row["closed_high"]
    assert row["halfway"]
    assert row["away_from_start"]
    assert "corrected" in row["method"]
    bias = bias_row(found, EVEN)
    assert (bias["before"], bias["after"]) == (0.4, 0.1)
    assert bias["change_high"] < 0


def test_what_nothing_beats_in_both():
    points = {0.0: (0.4, 0.30), 0.5: (0.2, 0.29), 1.0: (0.1, 0.25), 0.7: (0.2, 0.27), 0.9: (None, 0.3)}
    assert pareto_points(points) == [0.0, 0.5, 1.0]
    assert pareto_points({0.0: (0.4, None), 1.0: (0.1, 0.3)}) == [1.0]
    assert pareto_points({0.0: (0.4, 0.3), 1.0: (0.4, 0.3)}) == [0.0, 1.0]
    assert pareto_points({}) == []
