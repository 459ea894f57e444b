"""NormSim: checked against its formula on embeddings of real pictures, to a source, to a run, and to the data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from crops import write_crops
from embedded_sample import EmbeddedSample, embedded_sample

from toolkit.curate.pairing import normsim
from toolkit.curate.pairing.normsim import NormSim, gram, normsim_2, normsim_dynamic, normsim_inf
from toolkit.curate.pairing.recipe import NormSimRecipe
from toolkit.curate.pairing.target import Target
from toolkit.curate.recipe import CurateRecipe
from toolkit.curate.stage import curate
from toolkit.errors import RecipeError, SourceError
from toolkit.recipe import load_recipe


@pytest.fixture(scope="module")
def sample(cache: Path) -> EmbeddedSample:
    return embedded_sample(cache)


def rule_of(sample: EmbeddedSample, folder: Path, **asked: Any) -> NormSim:
    recipe = NormSimRecipe(**asked)
    return NormSim(recipe, Target(recipe.target, sample.embedder, folder), sample.embedder.known_pictures)


def vectors_of(target: Target) -> np.ndarray:
    with target.vectors() as found:
        return found[np.arange(len(found))]


@pytest.mark.parametrize("rows", [4096, 17])
def test_both_norms_are_those_of_numpy(sample: EmbeddedSample, monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    monkeypatch.setattr(normsim, "_ROWS", rows)
    target, pictures = sample.pictures[:90], sample.pictures[90:]
    cosines = pictures.astype(np.float64) @ target.T.astype(np.float64)
    np.testing.assert_allclose(normsim_2(pictures, gram(target)), np.linalg.norm(cosines, ord=2, axis=1), rtol=1e-6)
    np.testing.assert_allclose(normsim_inf(pictures, target), np.linalg.norm(cosines, ord=np.inf, axis=1), rtol=1e-6)


@pytest.mark.parametrize("norm", [2, "inf"])
def test_pictures_of_the_target_are_most_like_it(sample: EmbeddedSample, tmp_path: Path, norm: Any) -> None:
    crops = write_crops(tmp_path / "crops", rows=12)
    mixed = curate(crops, tmp_path / "run", recipe={"pairing": {"model": "zoo:clip"}, "duplicates": {"exact": False}})
    photographs = [one for one in mixed.read("pairs")["content_id"].to_pylist() if one]
    rule = rule_of(sample, tmp_path, target=str(crops), norm=norm, top_fraction=0.02)
    ids = photographs + sample.table["content_id"].to_pylist()
    table = pa.table({"sample_id": pa.array(range(len(ids))), "content_id": ids})
    kept = np.setdiff1d(np.arange(len(ids)), rule.judge(table).rows)
    assert set(kept.tolist()) <= set(range(len(photographs)))
    if norm == "inf":
        np.testing.assert_allclose(rule.scores(table)[: len(photographs)], 1, atol=1e-4)


def test_the_kept_rows_of_a_run_are_a_target(sample: EmbeddedSample, tmp_path: Path) -> None:
    crops = write_crops(tmp_path / "crops", rows=20)
    run = curate(crops, tmp_path / "run", recipe={"pairing": {"model": "zoo:clip"}})
    kept = run.read("pairs").filter(run.read("decisions")["keep"])["content_id"].to_pylist()
    assert 5 < len(kept) < 20
    found = vectors_of(Target(str(run.path), sample.embedder, tmp_path))
    np.testing.assert_array_equal(found, sample.embedder.known_pictures(kept))


def test_a_target_is_embedded_once_and_its_faults_are_passed_over(sample: EmbeddedSample, tmp_path: Path) -> None:
    crops = write_crops(tmp_path / "crops", rows=20)
    found = vectors_of(Target(str(crops), sample.embedder, tmp_path))
    assert len(found) == 18  # two rows share a picture, half of one is missing
    np.testing.assert_array_equal(vectors_of(Target(str(crops), sample.embedder, None)), found)


def test_a_target_without_pictures_is_an_error(sample: EmbeddedSample, tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "one.png").write_bytes(b"no picture")
    (tmp_path / "target" / "one.txt").write_text("a caption")
    with pytest.raises(SourceError, match="holds no pictures that can be read"):
        vectors_of(Target(str(tmp_path / "target"), sample.embedder, tmp_path))


def thinned_by_definition(vectors: np.ndarray, keep: int, steps: int) -> set[int]:
    left = list(range(len(vectors)))
    chunk = -(-(len(left) - keep) // steps)
    while len(left) > keep:
        own = vectors[left].astype(np.float64)
        scores = np.sqrt(((own @ own.T) ** 2).sum(axis=1) / len(left)).round(4)
        order = sorted(range(len(left)), key=lambda place: (scores[place], place))
        gone = set(order[: min(chunk, len(left) - keep)])
        left = [row for place, row in enumerate(left) if place not in gone]
    return set(left)


@pytest.mark.parametrize(("keep", "steps"), [(100, 1), (100, 7), (299, 3), (1, 50)])
def test_without_a_target_the_least_like_the_rest_go_in_steps(sample: EmbeddedSample, keep: int, steps: int) -> None:
    found = normsim_dynamic(sample.pictures, keep, steps)
    assert set(np.flatnonzero(found.stays).tolist()) == thinned_by_definition(sample.pictures, keep, steps)
    assert (found.score[~found.stays] <= found.limit[~found.stays]).all()


def test_a_run_thins_itself(tmp_path: Path) -> None:
    recipe = {
        "pairing": {"model": "zoo:clip", "normsim": {"target": "self", "top_fraction": 0.5, "steps": 3}},
        "duplicates": {"perceptual": None},
    }
    run = curate(write_crops(tmp_path / "crops"), tmp_path / "out", recipe=recipe)
    step = next(one for one in run.stages["curate"]["counts"]["funnel"] if one["rule"] == "pairing_normsim_dynamic")
    assert step["rows_out"] == step["rows_in"] // 2
    reasons = [row["reasons"][0] for row in run.read("decisions").to_pylist() if row["reasons"]]
    reason = next(one for one in reasons if one["rule"] == "pairing_normsim_dynamic")
    assert reason["text"].startswith(f"picture is like the others by {reason['value']} (NormSim-D)")


def test_itself_takes_a_fraction() -> None:
    with pytest.raises(RecipeError, match="give top_fraction, and no minimum"):
        load_recipe(CurateRecipe, {"pairing": {"model": "zoo:clip", "normsim": {"target": "self", "minimum": 0.1}}})
