"""Embeddings kept: shard by shard, and back to the pictures they are of."""

from pathlib import Path

import numpy as np
import pytest

from toolkit.audit.annotators.annotator import Picture
from toolkit.audit.embeddings import SHARD_ROWS, EmbeddingWriter, read_embeddings
from toolkit.audit.subjects import Subject
from toolkit.store import create_run

COUNT = SHARD_ROWS + 100


@pytest.fixture(scope="module")
def vectors():
    return np.random.default_rng(0).standard_normal((COUNT, 8)).astype(np.float32)


@pytest.fixture(scope="module")
def run(tmp_path_factory, vectors):
    """A run with the embeddings of more pictures than a shard holds."""
    folder = create_run(tmp_path_factory.mktemp("embeddings") / "run")
    pixels = np.zeros((4, 4, 3), np.uint8)
    pictures = [Picture("sample", f"{place}", "judge", "", pixels, embedding=one) for place, one in enumerate(vectors)]
    writer = EmbeddingWriter(folder, "a network")
    for start in range(0, COUNT, 300):
        writer.add(pictures[start : start + 300])
        assert len(writer._waiting) < SHARD_ROWS
    assert writer.finish() == COUNT
    return folder


def subject(name, kind="sample"):
    return Subject(kind, name, "m", ("judge",), "judge", "judge", {}, Path())


def test_a_shard_is_written_as_soon_as_it_is_full(run):
    assert [shard.num_rows for shard in run.scan("embeddings")] == [SHARD_ROWS, 100]


def test_every_subject_finds_its_own_vector_and_others_have_none(run, vectors):
    subjects = [subject("4100"), subject("absent"), subject("7"), subject("7", "pair"), subject("0")]
    found = read_embeddings(run, subjects)
    assert found.network == "a network"
    assert found.has(np.arange(5)).tolist() == [True, False, True, False, True]
    assert found.of(np.array([0, 1, 2, 4])).tolist() == vectors[[4100, 7, 0]].astype(float).tolist()


def test_a_run_without_them_has_none(run, tmp_path):
    assert read_embeddings(run, [subject("absent")]) is None
    assert read_embeddings(create_run(tmp_path / "run"), [subject("1")]) is None
    assert read_embeddings(None, [subject("1")]) is None
