"""Prompt adherence: by a real network's text vectors; pictures that show nothing gain nothing."""

import numpy as np
import pytest
from shown import Shown, measured, rows_of

from toolkit.models.pairing import load_pairing

PROMPTS = ("judge", "cook", "nurse")


@pytest.fixture(scope="module")
def network(tiny_clip):
    return load_pairing(tiny_clip)


def pictures(network, noise, *, count=20, shown=PROMPTS):
    """Return pictures whose vectors lie by the text vector of what they show."""
    random = np.random.default_rng(1)
    texts = network.embed_texts(list(shown)).astype(float)
    return [
        Shown(
            "sample", prompt, None, prompt, place * 10 + index, vector=text + noise * random.standard_normal(len(text))
        )
        for index, (prompt, text) in enumerate(zip(PROMPTS, texts, strict=True))
        for place in range(count)
    ]


def test_pictures_of_what_was_asked_score_high_and_lie_nearest_to_their_prompt(network):
    rows = measured(pictures(network, 0.01), texts=network)
    for name in (*PROMPTS, "all"):
        (score,), (first,) = (rows_of(rows, measure=one, slice=name) for one in ("clip_score", "own_prompt_nearest"))
        assert score["value"] > 0.9
        assert score["low"] <= score["value"] <= score["high"]
        assert first["value"] > 0.9 > first["floor"]
        assert first["q"] <= 0.05


def test_pictures_of_something_else_do_not(network):
    rows = measured(pictures(network, 0.01, shown=("cook", "nurse", "judge")), texts=network)
    (score,), (first,) = (rows_of(rows, measure=one, slice="all") for one in ("clip_score", "own_prompt_nearest"))
    assert score["value"] < score["floor"]
    assert first["value"] < 0.1
    assert first["high"] < 0.3


def test_equal_pictures_gain_nothing_from_lying_nearest_to_some_prompt(network):
    vector = network.embed_texts(["judge"])[0]
    equal = [one._replace(vector=vector) for one in pictures(network, 0.0)]
    rows = measured(equal, texts=network)
    (judge,) = rows_of(rows, measure="own_prompt_nearest", slice="judge")
    (whole,) = rows_of(rows, measure="own_prompt_nearest", slice="all")
    assert (judge["value"], judge["floor"], judge["p"]) == (1, 1, 1)
    assert (whole["value"], whole["p"]) == (pytest.approx(whole["floor"], abs=1e-6), 1)
    (score,) = rows_of(rows, measure="clip_score", slice="judge")
    assert score["not_measurable"] == "all 20 pictures are alike, and count as one"


def test_one_prompt_alone_has_no_rank_and_no_network_no_score(network):
    alone = [one for one in pictures(network, 0.1) if one.concept == "judge"]
    (row,) = rows_of(measured(alone, texts=network), measure="own_prompt_nearest", slice="judge")
    assert "one prompt alone" in row["not_measurable"]
    for row in rows_of(measured(alone), measure="clip_score"):
        assert "texts cannot be embedded" in row["not_measurable"]


def test_the_network_itself_is_asked_once_what_it_associates(network):
    rows = rows_of(measured(pictures(network, 0.1), texts=network), measure="weat")
    assert len(rows) == 5
    assert len({row["group"] for row in rows}) == 5
    for row in rows:
        assert -2 <= row["low"] <= row["value"] <= row["high"] <= 2
        assert 0 < row["p"] <= row["q"] <= 1
        assert row["subject"] == "pairing network"
    (missing,) = rows_of(measured(pictures(network, 0.1)), measure="weat")
    assert "texts cannot be embedded" in missing["not_measurable"]
