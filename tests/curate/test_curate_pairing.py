"""Similarity of picture and caption: scores, threshold, top fraction, and embeddings made once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from crops import write_crops
from hypothesis import given
from hypothesis import strategies as st
from reasons import reasons

from toolkit.curate.pairing.embedding_cache import read_embeddings
from toolkit.curate.pairing.similarity import TopFraction
from toolkit.curate.stage import curate, decide
from toolkit.images import decode
from toolkit.models.pairing import PairingNetwork, load_pairing
from toolkit.store import RunFolder


@pytest.fixture(scope="module")
def crops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_crops(tmp_path_factory.mktemp("source") / "crops")


@pytest.fixture(scope="module")
def run(crops: Path, tiny_clip: Path, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    recipe = {"pairing": {"model": str(tiny_clip), "top_fraction": 0.5}}
    return curate(crops, tmp_path_factory.mktemp("runs") / "pairing", recipe=recipe, shard_rows=16)


def test_scores_are_the_cosines_of_the_network(run: RunFolder, tiny_clip: Path) -> None:
    network = load_pairing(tiny_clip)
    pairs, scores = run.read("pairs"), run.read("scores")
    rows = [row for row, value in enumerate(scores["pairing_similarity"].to_pylist()) if value is not None][:20]
    pictures = [decode(Path(pairs["image"][row].as_py()["path"]).read_bytes(), longest_side=256) for row in rows]
    texts = network.embed_texts([pairs["caption"][row].as_py() for row in rows])
    wanted = (network.embed_images(pictures) * texts).sum(axis=1)
    assert [scores["pairing_similarity"][row].as_py() for row in rows] == pytest.approx(wanted, abs=2e-4)


def test_the_top_fraction_is_taken_of_the_rows_that_are_left(run: RunFolder) -> None:
    step = run.stages["curate"]["counts"]["funnel"][-1]
    assert step["rule"] == "pairing_top_fraction"
    assert step["rows_out"] == step["rows_in"] // 2 + 1
    scores = dict(zip(*(run.read("scores")[c].to_pylist() for c in ("sample_id", "pairing_similarity")), strict=True))
    by_status: dict[str, list[float]] = {"kept": [], "dropped": []}
    for one in run.read("decisions").to_pylist():
        if one["status"] == "kept" or one["reasons"][0]["rule"] == "pairing_top_fraction":
            by_status[one["status"]].append(scores[one["sample_id"]])
    assert min(by_status["kept"]) > max(by_status["dropped"])


def test_embeddings_are_kept_by_content_and_not_made_again(
    run: RunFolder, crops: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = read_embeddings(run)
    embedded = [value is not None for value in run.read("scores")["pairing_similarity"].to_pylist()]
    content_ids = run.read("pairs")["content_id"].to_pylist()
    assert set(kept) == {one for one, scored in zip(content_ids, embedded, strict=True) if scored}
    assert all(np.linalg.norm(one) == pytest.approx(1, abs=1e-5) for one in kept.values())
    monkeypatch.setattr(PairingNetwork, "embed_images", lambda *_, **__: pytest.fail("embedded again"))
    model = run.stages["curate"]["recipe"]["pairing"]["model"]
    again = decide(run, tmp_path / "again", recipe={"pairing": {"model": model, "threshold": -1}}, score=True)
    assert again.stages["curate"]["counts"]["rows_scored"] == 0


def test_another_model_needs_its_own_scores(run: RunFolder, tiny_clip: Path, tmp_path: Path) -> None:
    import shutil

    from toolkit.errors import RunError

    other = Path(shutil.copytree(tiny_clip, tmp_path / "other-clip"))
    with pytest.raises(RunError, match="rows need scores"):
        decide(run, tmp_path / "out", recipe={"pairing": {"model": str(other)}})


def test_two_workers_give_the_same_scores_and_decisions(run: RunFolder, crops: Path, tmp_path: Path) -> None:
    recipe = run.stages["curate"]["recipe"]
    other = curate(crops, tmp_path / "two", recipe=recipe, shard_rows=16, workers=2)
    assert other.content_hash() == run.content_hash()


@given(st.lists(st.floats(-1, 1), min_size=1), st.floats(0.01, 1))
def test_top_fraction_keeps_the_best_and_all_that_equal_the_last(scores: list[float], fraction: float) -> None:
    taken = reasons(
        TopFraction(fraction).judge(
            pa.table({"sample_id": [str(i) for i in range(len(scores))], "pairing_similarity": scores})
        )
    )
    kept = [score for row, score in enumerate(scores) if row not in taken]
    assert len(kept) >= min(int(len(scores) * fraction) + 1, len(scores))
    assert all(scores[row] < min(kept) for row in taken)


def test_top_fraction_of_no_rows_takes_none() -> None:
    empty = pa.table({"sample_id": pa.array([], pa.string()), "pairing_similarity": pa.array([], pa.float64())})
    assert reasons(TopFraction(0.3).judge(empty)) == {}
