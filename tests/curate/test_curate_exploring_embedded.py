"""The embeddings behind the scores of a run are found without a network, and what is lost is said."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from copied_source import curate_copied
from crops import write_crops

from toolkit.curate.exploring.embedded import embedded_pairs
from toolkit.curate.pairing.embedder import Embedder
from toolkit.curate.stage import curate, decide
from toolkit.errors import RunError
from toolkit.store import RunFolder


@pytest.fixture(scope="module")
def run(tiny_clip: Path, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    folder = tmp_path_factory.mktemp("embedded")
    recipe = {"pairing": {"model": str(tiny_clip), "top_fraction": 0.5}}
    return curate(write_crops(folder / "crops"), folder / "run", recipe=recipe, shard_rows=16)


def test_vectors_are_those_that_the_network_gave(run: RunFolder, tiny_clip: Path, cache: Path) -> None:
    found = embedded_pairs(run)
    assert found is not None
    rows = run.read("scores", columns=["sample_id", "pairing_similarity"]).to_pylist()
    assert found.sample_ids() == [row["sample_id"] for row in rows if row["pairing_similarity"] is not None]
    some = found.sample_ids()[5:1:-1]
    embedder = Embedder(str(tiny_clip), cache)
    assert found.network == embedder.fingerprint
    contents = {row["sample_id"]: row["content_id"] for row in run.read("pairs").to_pylist()}
    vectors = found.vectors(some)
    np.testing.assert_array_equal(vectors, embedder.known_pictures([contents[one] for one in some]))
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)


def test_a_run_that_decided_again_finds_those_of_its_input(run: RunFolder, tmp_path: Path) -> None:
    again = decide(run, tmp_path / "again", recipe={"pairing": {"model": None}})
    found, own = embedded_pairs(again), embedded_pairs(run)
    assert found is not None
    assert own is not None
    assert found.sample_ids() == own.sample_ids()


def test_without_scores_by_embeddings_or_their_file_there_are_none(
    run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    assert embedded_pairs(RunFolder(curate_copied(tmp_path / "data") / "curated")) is None
    monkeypatch.setenv("TAIN_CACHE", str(tmp_path / "empty"))
    assert embedded_pairs(run) is None


def test_lost_embeddings_are_said(run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = embedded_pairs(run)
    assert whole is not None
    with closing(sqlite3.connect(whole.cache.path)) as source:
        (tmp_path / "embeddings").mkdir()
        with closing(sqlite3.connect(tmp_path / "embeddings" / whole.cache.path.name)) as target:
            source.backup(target)
            target.execute("DELETE FROM pictures WHERE rowid % 3 = 0")
            target.commit()
    monkeypatch.setenv("TAIN_CACHE", str(tmp_path))
    found = embedded_pairs(run)
    assert found is not None
    with pytest.raises(RunError, match=r"are not in the cache .* tain decide .* --score"):
        found.vectors(found.sample_ids())
