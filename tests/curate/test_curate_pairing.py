"""Similarity of picture and caption: scores, and embeddings that are made once for all runs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from crops import write_crops
from PIL import Image

from toolkit.curate import cascade
from toolkit.curate.pairing import embedder as embedding
from toolkit.curate.pairing.embedder import Embedder, caption_id
from toolkit.curate.stage import curate, decide
from toolkit.errors import ModelError, RunError
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


@pytest.fixture
def forwards(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Counts what goes through the network."""
    counts = {"pictures": 0, "captions": 0}

    def counted(method: str, kind: str) -> None:
        made = getattr(PairingNetwork, method)

        def embed(self: PairingNetwork, items: Sequence[Any], **options: Any) -> Any:
            counts[kind] += len(items)
            return made(self, items, **options)

        monkeypatch.setattr(PairingNetwork, method, embed)

    counted("embed_images", "pictures")
    counted("embed_texts", "captions")
    return counts


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fails where a network is as much as loaded."""

    def load(self: Embedder) -> PairingNetwork:
        pytest.fail(f"{self.model} was loaded")

    monkeypatch.setattr(embedding.Embedder, "network", property(load))
    return


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


def test_every_scored_picture_and_caption_is_in_the_cache(run: RunFolder, tiny_clip: Path, cache: Path) -> None:
    embedder = Embedder(str(tiny_clip), cache)
    scored = run.read("scores")["pairing_similarity"].is_valid()
    assert scored.to_pylist().count(True) > 20
    pairs = run.read("pairs").filter(scored)
    pictures = embedder.known_pictures(pairs["content_id"].to_pylist())
    captions = embedder.known_captions([caption_id(one) for one in pairs["caption"].to_pylist()])
    np.testing.assert_allclose(np.linalg.norm(pictures, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(captions, axis=1), 1, atol=1e-5)


@pytest.mark.usefixtures("no_network")
def test_a_second_run_with_other_limits_loads_no_network(run: RunFolder, crops: Path, tmp_path: Path) -> None:
    model = run.stages["curate"]["recipe"]["pairing"]["model"]
    again = curate(crops, tmp_path / "again", recipe={"pairing": {"model": model, "threshold": 0.1}}, shard_rows=16)
    assert again.read("scores") == run.read("scores")
    assert again.stages["curate"]["counts"]["kept"] != run.stages["curate"]["counts"]["kept"]


@pytest.mark.usefixtures("no_network")
def test_other_limits_are_decided_without_the_network(run: RunFolder, tmp_path: Path) -> None:
    model = run.stages["curate"]["recipe"]["pairing"]["model"]
    again = decide(run, tmp_path / "again", recipe={"pairing": {"model": model, "threshold": -1}}, score=True)
    assert again.stages["curate"]["counts"]["rows_scored"] == 0


def test_what_is_known_is_not_decoded(tiny_clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = write_crops(tmp_path / "sound", rows=12)
    no_pixels = {"pictures": {"min_entropy": None, "max_blankness": None}, "duplicates": {"perceptual": None}}
    recipe = no_pixels | {"pairing": {"model": str(tiny_clip), "threshold": 0.1}, "scorers": "used"}
    first = curate(sound, tmp_path / "first", recipe=recipe)
    monkeypatch.setattr(cascade, "decode", lambda *_, **__: pytest.fail("a picture was decoded"))
    again = curate(sound, tmp_path / "again", recipe=recipe)
    assert again.content_hash() == first.content_hash()


def test_only_what_is_new_is_embedded(
    crops: Path, tiny_clip: Path, tmp_path: Path, forwards: dict[str, int], run: RunFolder
) -> None:
    recipe = run.stages["curate"]["recipe"]
    wider = Path(shutil.copytree(crops, tmp_path / "wider"))
    with Image.open(wider / "images" / "0000.png") as image:
        image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(wider / "images" / "new.png")
    with (wider / "metadata.jsonl").open("a") as lines:
        lines.write('{"file_name": "images/new.png", "text": "a caption that nobody has written"}')
    curate(wider, tmp_path / "out", recipe=recipe)
    assert forwards == {"pictures": 1, "captions": 1}


def test_lost_embeddings_are_said_and_made_again(
    crops: Path, tiny_clip: Path, tmp_path: Path, forwards: dict[str, int]
) -> None:
    recipe = {"pairing": {"model": str(tiny_clip), "threshold": -0.5}}
    made = curate(crops, tmp_path / "run", recipe=recipe, cache=tmp_path / "cache")
    embedded = forwards["pictures"]
    assert embedded > 20
    shutil.rmtree(tmp_path / "cache")
    with pytest.raises(RunError, match=r"embeddings behind the scores .* --cache, or make them again .* --score"):
        decide(made, tmp_path / "lost", recipe=recipe, cache=tmp_path / "cache")
    again = decide(made, tmp_path / "again", recipe=recipe, cache=tmp_path / "cache", score=True)
    assert forwards["pictures"] == 2 * embedded
    assert again.read("decisions") == made.read("decisions")


def test_another_model_needs_its_own_scores(run: RunFolder, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="rows need scores"):
        decide(run, tmp_path / "out", recipe={"pairing": {"model": "zoo:clip"}})


@pytest.mark.usefixtures("no_network")
def test_a_copy_of_the_model_is_the_same_model(run: RunFolder, tiny_clip: Path, tmp_path: Path) -> None:
    copied = Path(shutil.copytree(tiny_clip, tmp_path / "other-clip"))
    again = decide(run, tmp_path / "out", recipe={"pairing": {"model": str(copied), "top_fraction": 0.5}})
    assert again.read("decisions") == run.read("decisions")


def test_a_model_that_is_not_there_ends_the_run(crops: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no bundled model"):
        curate(crops, tmp_path / "out", recipe={"pairing": {"model": "zoo:nothing"}})


def test_without_a_folder_to_cache_in_the_run_keeps_the_embeddings(
    crops: Path, tiny_clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "no-home").write_bytes(b"")
    monkeypatch.delenv("TAIN_CACHE")
    monkeypatch.setenv("HOME", str(tmp_path / "no-home"))
    made = curate(crops, tmp_path / "run", recipe={"pairing": {"model": str(tiny_clip)}})
    assert list((made.path / "cache" / "embeddings").glob("*.sqlite"))
    decide(made, tmp_path / "out", recipe={"pairing": {"model": str(tiny_clip), "threshold": 0.1}})


def test_two_workers_give_the_same_scores_and_decisions(run: RunFolder, crops: Path, tmp_path: Path) -> None:
    recipe = run.stages["curate"]["recipe"]
    other = curate(crops, tmp_path / "two", recipe=recipe, shard_rows=16, workers=2, cache=tmp_path / "cache")
    assert other.content_hash() == run.content_hash()
