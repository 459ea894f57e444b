"""The nearest training picture of each painted one, as memorisation measures it, and how unusual that is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from audited import ROLES, write_table
from audited_runs import UNSURE, build_people
from hypothesis import given
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors

from toolkit.audit.stage import audit
from toolkit.images import decode
from toolkit.report import nearest_training as module
from toolkit.report.measured import measure_rows
from toolkit.report.nearest_training import below, nearest, nearest_other, nearest_training, training_of
from toolkit.report.subjects import Picture, pairs_shown, samples_shown
from toolkit.store import RunFolder

COPIES = 6


def unit(seed: int, count: int) -> np.ndarray:
    vectors = np.random.default_rng(seed).standard_normal((count, 8)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """The audit of a model that paints kept pictures of its data over again, and others."""
    folder = tmp_path_factory.mktemp("copied")
    data = build_people(folder / "data")
    decided = {row["sample_id"]: row["keep"] for row in data.read("decisions").to_pylist()}
    kept = [row for row in data.read("pairs").to_pylist() if decided[row["sample_id"]]]
    rows: list[dict[str, object]] = []
    for place, row in enumerate(kept[:COPIES]):
        prompt, pixels = next(role for role in ROLES if role in row["caption"]), decode(row["image"]["bytes"])
        rows.append({"prompt": prompt, "pixels": pixels, "seed": place})
        rows.append({"prompt": prompt, "pixels": 255 - pixels, "seed": 90 + place})
    table, recipe = write_table(folder / "table", rows), {"annotators": ["clip"]} | UNSURE
    return audit(table, folder / "audit", data=data, recipe=recipe)


def pictures_of(run: RunFolder) -> list[Picture]:
    return [*samples_shown(run), *pairs_shown(run, sorted({row["slice"] for row in measure_rows(run)}))]


def test_copies_lie_nearest_to_what_they_copy_and_beyond_the_null(copied: RunFolder) -> None:
    pictures = pictures_of(copied)
    training = training_of(copied, pictures, "their model")
    assert not isinstance(training, str)
    assert training.held_out is None
    found = nearest_training(copied, pictures, training)
    assert len(found) == 2 * COPIES
    assert [one.similarity for one in found] == sorted((one.similarity for one in found), reverse=True)
    for one in found[:COPIES]:
        assert one.similarity == pytest.approx(1, abs=1e-4)
        assert one.painted.caption in one.training.caption
    assert max(one.similarity for one in found[COPIES:]) < 0.999
    assert "nearer than" in found[0].words()


def test_similarities_are_those_that_the_audit_measured(copied: RunFolder) -> None:
    pictures = pictures_of(copied)
    training = training_of(copied, pictures, "their model")
    assert not isinstance(training, str)
    rows = [row for row in measure_rows(copied) if row["measure"] == "nearest_training_similarity"]
    assert len(rows) > 1
    for row in rows:
        own = [one for one in pictures if row["slice"] in (one.slice, "all")]
        found = nearest_training(copied, own, training)
        assert np.median([one.similarity for one in found]) == pytest.approx(row["value"], abs=1e-5)
        assert row["reference"].startswith(f"{len(training.pictures)} training pictures")


def test_what_training_did_not_see_is_no_training_picture_but_a_null(
    copied: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    from toolkit.held_out import HeldOut

    monkeypatch.setattr(module, "held_out_of", lambda model: HeldOut(0.0, 0, ("clips",)))
    pictures = pictures_of(copied)
    training = training_of(copied, pictures, "their model")
    assert not isinstance(training, str)
    assert {one.subject for one in training.pictures} == {"data:art"}
    assert training.held_out is not None
    unseen = {one.subject_id for one in pictures if one.subject == "data:clips"}
    assert len(training.held_out) == len(unseen)
    first = nearest_training(copied, pictures, training)[0]
    assert first.beyond_held_out is not None
    assert first.words().endswith("of pictures that training did not see")


def test_without_pictures_of_data_or_embeddings_it_says_why(copied: RunFolder, tmp_path: Path) -> None:
    pictures = pictures_of(copied)
    assert "no pictures of the data" in str(training_of(copied, samples_shown(copied), "their model"))
    other = RunFolder(tmp_path)
    (tmp_path / "run.json").write_text('{"format": 1, "stages": {}}')
    assert "has an embedding; audit again" in str(training_of(other, pictures, "their model"))
    pairs = [one for one in pictures if one.kind == "pair"]
    assert "1 training pictures have an embedding" in str(training_of(copied, pairs[:1], "their model"))


def test_the_nearest_is_that_of_a_library_also_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROWS", 7)
    pictures, training = unit(1, 40), unit(2, 60)
    oracle = NearestNeighbors(n_neighbors=1, metric="cosine").fit(training)
    distances, places = oracle.kneighbors(pictures)
    cosines, found = nearest(pictures, training)
    assert found.tolist() == places[:, 0].tolist()
    assert cosines == pytest.approx(1 - distances[:, 0], abs=1e-5)
    others, _ = NearestNeighbors(n_neighbors=2, metric="cosine").fit(training).kneighbors(training)
    assert nearest_other(training, 100) == pytest.approx(1 - others[:, 1], abs=1e-5)


def test_a_null_of_many_pictures_is_made_of_some_of_them() -> None:
    training = unit(3, 50)
    some, whole = nearest_other(training, 10), nearest_other(training, 50)
    assert len(some) == 10
    assert set(np.round(some, 6)) <= set(np.round(whole, 6))


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=30), st.floats(-1, 1))
def test_the_share_below_counts_what_is_less(values: list[float], value: float) -> None:
    assert below(np.sort(np.array(values)), value) == pytest.approx(np.mean(np.array(values) < value))
