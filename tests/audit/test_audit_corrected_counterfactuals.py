"""Corrected effects of a word: what errors shrink is found whole, and no change is none."""

import numpy as np
import pytest
from planted import Audit
from shown import rows_of

from toolkit.statistics.confusion import DRAWS, correct_change

CORRECTED, GROUP = "confusion matrix", "woman: mood 'sad' against 'glad'"


def planted(women, count=300, seed=0):
    made = Audit(seed)
    made.pairs("judge", count, women)
    for role in range(15):
        made.known(f"role {role}", each=40)
    return made.rows()


def effect(rows, correction=CORRECTED, where="judge"):
    (row,) = rows_of(rows, measure="counterfactual_effect", group=GROUP, correction=correction, slice=where)
    return row


def test_the_planted_effect_is_held_where_the_raw_one_is_too_small():
    rows = planted((0.2, 0.8))
    row, raw = effect(rows), effect(rows, "uncorrected")
    assert raw["high"] < 0.6
    assert row["low"] < 0.6 < row["high"]
    assert row["q"] < 0.05
    assert (row["n"], row["abstained"], raw["n"] + raw["abstained"]) == (300, 0, 300)
    assert row["calibration_id"]
    assert row["high"] - row["low"] > raw["high"] - raw["low"]


def test_no_effect_is_found_where_none_was_planted():
    row = effect(planted((0.4, 0.4)))
    assert row["low"] < 0 < row["high"]
    assert row["p"] > 0.05


def test_few_pairs_without_a_change_are_no_certainty():
    row = effect(planted((0.0, 0.0), count=6))
    assert row["high"] - row["low"] > 0.2


def test_a_change_of_labels_is_passed_back_through_the_matrix():
    rates = np.array([[0.7, 0.15, 0.15], [0.1, 0.85, 0.05]])
    true = np.array([0.3, -0.3])
    known = np.repeat((rates * 20_000)[None], 10, axis=0).round()
    found = correct_change(true @ rates, np.tile(true @ rates, (DRAWS, 1)), known)
    assert found.values == pytest.approx(true, abs=1e-3)
    assert found.draws.mean(axis=0) == pytest.approx(true, abs=0.01)
    assert found.draws.sum(axis=1) == pytest.approx(0, abs=1e-9)
    with pytest.raises(ValueError, match="draws of shape"):
        correct_change(true @ rates, np.zeros((3, 3)), known)
