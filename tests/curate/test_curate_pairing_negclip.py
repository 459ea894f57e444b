"""negCLIPLoss: checked against its formula, written out in numpy, on embeddings of real pairs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from crops import write_crops
from embedded_sample import EmbeddedSample, embedded_sample
from hypothesis import given
from hypothesis import strategies as st

from toolkit.curate.pairing import negclip
from toolkit.curate.pairing.negclip import NegClipLoss, divisions, neg_clip_loss
from toolkit.curate.pairing.recipe import NegClipRecipe
from toolkit.curate.recipe import CurateRecipe
from toolkit.curate.stage import curate
from toolkit.errors import RecipeError, RunError
from toolkit.recipe import load_recipe


@pytest.fixture(scope="module")
def sample(cache: Path) -> EmbeddedSample:
    return embedded_sample(cache)


def rule_of(sample: EmbeddedSample, **asked: Any) -> NegClipLoss:
    embedder = sample.embedder
    recipe = NegClipRecipe(**asked)
    return NegClipLoss(recipe, embedder.known_pictures, embedder.known_captions, lambda: embedder.facts.logit_scale)


def by_definition(pictures: np.ndarray, captions: np.ndarray, temperature: float) -> np.ndarray:
    """tau times the log-probability of the true pair, mean of both directions: minus tau times the CLIP loss."""
    logits = pictures.astype(np.float64) @ captions.astype(np.float64).T / temperature
    found = []
    for row in range(len(logits)):
        of_picture = np.exp(logits[row, row]) / np.exp(logits[row]).sum()
        of_caption = np.exp(logits[row, row]) / np.exp(logits[:, row]).sum()
        found.append(temperature * (np.log(of_picture) + np.log(of_caption)) / 2)
    return np.array(found)


@pytest.mark.parametrize("temperature", [0.01, 0.07, 1.0])
def test_a_batch_is_the_formula(sample: EmbeddedSample, temperature: float) -> None:
    found = neg_clip_loss(sample.pictures, sample.captions, 1 / temperature)
    np.testing.assert_allclose(found, by_definition(sample.pictures, sample.captions, temperature), atol=2e-6)


def test_blocks_of_a_batch_do_not_show(sample: EmbeddedSample, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = neg_clip_loss(sample.pictures, sample.captions, 50.0)
    monkeypatch.setattr(negclip, "_BLOCK", 1000)
    np.testing.assert_allclose(neg_clip_loss(sample.pictures, sample.captions, 50.0), whole, atol=1e-6)


def test_scores_are_the_mean_over_the_divisions(sample: EmbeddedSample) -> None:
    scale = sample.embedder.facts.logit_scale
    total = np.zeros(len(sample.pictures))
    for batch in divisions(len(total), 64, 3, 7):
        total[batch] += by_definition(sample.pictures[batch], sample.captions[batch], 1 / scale)
    found = rule_of(sample, top_fraction=0.5, batch_size=64, permutations=3, seed=7).scores(sample.table)
    np.testing.assert_allclose(found, total / 3, atol=6e-5)


@given(st.integers(1, 300), st.integers(2, 80), st.integers(1, 4), st.integers(0, 5))
def test_every_division_holds_every_row_once(rows: int, size: int, count: int, seed: int) -> None:
    batches = list(divisions(rows, size, count, seed))
    times = count if rows > size else 1
    assert sorted(np.concatenate(batches).tolist()) == sorted(list(range(rows)) * times)
    lengths = [len(batch) for batch in batches]
    assert max(lengths) <= size
    assert max(lengths) - min(lengths) <= 1
    again = divisions(rows, size, count, seed)
    assert all(np.array_equal(one, other) for one, other in zip(batches, again, strict=True))


def test_the_best_fraction_stays_and_the_value_is_said(sample: EmbeddedSample) -> None:
    rule = rule_of(sample, top_fraction=0.3, batch_size=100, permutations=2)
    scores = rule.scores(sample.table)
    taken = rule.judge(sample.table)
    kept = np.setdiff1d(np.arange(len(scores)), taken.rows)
    assert len(kept) >= int(0.3 * len(scores)) + 1
    assert scores[kept].min() > scores[taken.rows].max()
    reason = taken.explain(0)
    assert reason.rule == "pairing_negclip"
    assert float(reason.value) == pytest.approx(scores[taken.rows[0]])
    assert reason.text.endswith(f"the best 0.3 of rows have {reason.limit} or more")
    assert (scores <= 0).all()


def test_a_minimum_is_a_limit_too(sample: EmbeddedSample) -> None:
    scores = rule_of(sample, minimum=-0.1).scores(sample.table)
    taken = rule_of(sample, minimum=-0.1).judge(sample.table)
    assert taken.rows.tolist() == np.flatnonzero(scores < -0.1).tolist()
    assert rule_of(sample, minimum=-0.1).judge(sample.table.slice(0, 0)).rows.tolist() == []


def test_a_caption_that_many_rows_share_is_marked_down(sample: EmbeddedSample) -> None:
    scale = sample.embedder.facts.logit_scale
    alone = neg_clip_loss(sample.pictures, sample.captions, scale)
    captions = sample.captions.copy()
    captions[1:21] = captions[0]
    shared = neg_clip_loss(sample.pictures, captions, scale)
    assert shared[0] < alone[0] - np.log(20) / (2 * scale) / 2


def test_a_lost_embedding_is_an_error(sample: EmbeddedSample) -> None:
    rule = replace(rule_of(sample, top_fraction=0.3), captions=lambda ids: np.full((len(ids), 4), np.nan, np.float32))
    with pytest.raises(RunError, match=r"pairing_negclip needs 300 embeddings .* --score"):
        rule.judge(sample.table)


def test_a_run_keeps_the_fraction(tmp_path: Path, cache: Path) -> None:
    recipe = {"pairing": {"model": "zoo:clip", "negclip": {"top_fraction": 0.4}}, "duplicates": {"perceptual": None}}
    run = curate(write_crops(tmp_path / "crops"), tmp_path / "out", recipe=recipe, workers=1)
    step = next(one for one in run.stages["curate"]["counts"]["funnel"] if one["rule"] == "pairing_negclip")
    assert step["rows_out"] == int(0.4 * step["rows_in"]) + 1


def test_a_limit_must_be_given() -> None:
    with pytest.raises(RecipeError, match="give top_fraction"):
        load_recipe(CurateRecipe, {"pairing": {"model": "zoo:clip", "negclip": {}}})
