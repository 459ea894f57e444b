"""Diversity of pictures by their embeddings, at equal n."""

import numpy as np
import pytest
from shown import Shown, measured, rows_of

from toolkit.statistics.diversity import mean_similarity, similarity_interval, vendi, vendi_interval


def cloud(concept, count, spread, *, seed=0, kind="sample", origin="m"):
    """Return pictures whose vectors lie around one direction, by `spread`."""
    random = np.random.default_rng(seed)
    vectors = np.eye(16)[0] + spread * random.standard_normal((count, 16))
    return [Shown(kind, concept, None, concept, place, vector=one, origin=origin) for place, one in enumerate(vectors)]


def test_a_concept_painted_more_alike_is_less_diverse_at_equal_n():
    rows = measured(cloud("judge", 60, 0.1) + cloud("cook", 30, 0.5, seed=1))
    judge, cook = (rows_of(rows, measure="vendi", slice=one)[0] for one in ("judge", "cook"))
    assert judge["reference"] == cook["reference"] == "subsets of 30 pictures"
    assert (judge["n"], cook["n"]) == (60, 30)
    assert judge["high"] < cook["low"]
    assert judge["low"] <= judge["value"] <= judge["high"]
    alike = [rows_of(rows, measure="intra_prompt_similarity", slice=one)[0] for one in ("judge", "cook")]
    assert alike[0]["low"] > alike[1]["high"]


def test_the_vendi_score_of_all_pictures_of_the_least_concept_is_its_own():
    pictures = cloud("cook", 12, 0.5)
    (row,) = rows_of(measured(pictures), measure="vendi", slice="cook")
    assert row["value"] == pytest.approx(vendi([one.vector for one in pictures]), abs=1e-5)


def test_a_dataset_is_described_without_an_interval():
    rows = measured(cloud("cook", 12, 0.5) + cloud("cook", 12, 0.3, kind="pair", origin="data:art"))
    (row,) = rows_of(rows, measure="vendi", slice="cook", subject="data:art")
    assert (row["method"], row["low"]) == ("census", None)
    assert not rows_of(rows, measure="intra_prompt_similarity", subject="data:art")


def test_few_pictures_are_not_measured_and_unembedded_ones_are_counted():
    blind = [Shown("sample", "judge", None, "judge", 99)]
    (row,) = rows_of(measured(cloud("judge", 5, 0.2) + blind), measure="vendi", slice="judge")
    assert row["not_measurable"].startswith("5 pictures of a concept; 8 at least")
    assert (row["n"], row["abstained"]) == (5, 1)


def test_intervals_hold_what_many_such_sets_show_on_average():
    random = np.random.default_rng(4)

    def draw(count):
        return np.eye(8)[0] + 0.5 * random.standard_normal((count, 8))

    score = np.mean([vendi(draw(20)) for _ in range(400)])
    alike = np.mean([mean_similarity(draw(40)) for _ in range(400)])
    sets = [draw(40) for _ in range(60)]
    assert sum(low <= score <= high for _, low, high in (vendi_interval(one, 20) for one in sets)) >= 51
    assert sum(low <= alike <= high for _, low, high in map(similarity_interval, sets)) >= 51
