"""Pictures that show nearly the same: the search against brute force, on real pictures and the bundled network."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.curate.duplicates.cosine_search import cell_count, make_cells, near_by_cosine
from toolkit.curate.duplicates.keepers import KeepPolicy
from toolkit.curate.duplicates.semantic import SemanticDuplicates
from toolkit.curate.duplicates.vector_file import vectors_on_disk
from toolkit.images import decode
from toolkit.sources import open_source

PICTURES = 300


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    """Embeddings of real pictures by the bundled network."""
    from toolkit.models.pairing import load_pairing

    pictures = [decode(row.data or b"", longest_side=256) for row in islice(open_source("zoo:sample").rows(), PICTURES)]
    return load_pairing("zoo:clip").embed_images(pictures)


def _unit(random: np.random.Generator, size: int, dimension: int = 16) -> np.ndarray:
    """Return unit vectors, many of them close to another."""
    centres = random.standard_normal((size // 5 + 1, dimension))
    near = centres[random.integers(0, len(centres), size)] + random.choice([0.05, 0.5], (size, 1)) * (
        random.standard_normal((size, dimension))
    )
    return (near / np.linalg.norm(near, axis=1, keepdims=True)).astype(np.float32)


def _brute_force(vectors: np.ndarray, cosine: float) -> set[tuple[int, int]]:
    exact = np.round(vectors.astype(np.float64) @ vectors.astype(np.float64).T, 4)
    return {(i, j) for i, j in zip(*np.nonzero(exact >= cosine), strict=True) if i < j}


def _found(vectors: np.ndarray, cosine: float, cells: int) -> set[tuple[int, int]]:
    pairs = set()
    for one in near_by_cosine(vectors, vectors, cosine, make_cells(vectors, cells)):
        both = np.sort(np.stack([one.first, one.second]), axis=0)
        pairs.update((i, j) for i, j in both.T.tolist() if i != j)
    return pairs


def _rows(size: int, named: Sequence[str] = ()) -> pa.Table:
    return pa.table(
        {
            "sample_id": [f"{row:04}" for row in range(size)],
            "content_id": [f"content {row}" for row in range(size)],
            "people_named": list(named) or [""] * size,
            "skin_tone_named": [""] * size,
            "width": list(range(size)),
            "height": [1] * size,
        }
    )


def _embeddings(vectors: np.ndarray):  # type: ignore[no-untyped-def]
    return lambda content_ids: vectors[[int(one.split()[1]) for one in content_ids]]


def _components(size: int, pairs: set[tuple[int, int]]) -> list[int]:
    label = list(range(size))
    for _ in range(size):
        before = label[:]
        for i, j in pairs:
            label[i] = label[j] = min(label[i], label[j])
        if label == before:
            break
    return label


@pytest.mark.parametrize("cosine", [0.7, 0.8, 0.9, 0.95])
def test_real_pictures_cluster_as_brute_force_says(vectors: np.ndarray, cosine: float) -> None:
    pairs = _brute_force(vectors, cosine)
    assert pairs, "else this test would show nothing"
    label = _components(len(vectors), pairs)
    stays = {one: max(row for row, other in enumerate(label) if other == one) for one in label}  # the widest
    taken = SemanticDuplicates(cosine, _embeddings(vectors)).judge(_rows(len(vectors)))
    assert taken.rows.tolist() == [row for row, one in enumerate(label) if stays[one] != row]
    for index, row in enumerate(taken.rows.tolist()):
        assert taken.explain(index).value == f"{stays[label[row]]:04}"


def test_several_cells_find_what_one_finds_on_real_pictures(vectors: np.ndarray) -> None:
    wanted = _brute_force(vectors, 0.9)
    found = _found(vectors, 0.9, cells=12)
    assert found <= wanted
    assert len(found) >= 0.98 * len(wanted)


def test_pairs_do_not_depend_on_the_number_of_threads(vectors: np.ndarray) -> None:
    import faiss

    before = faiss.omp_get_max_threads()
    found = []
    try:
        for threads in (1, 2, 3):
            faiss.omp_set_num_threads(threads)
            found.append(_found(vectors, 0.8, cells=12))
            assert faiss.omp_get_max_threads() == threads, "left as it was"
    finally:
        faiss.omp_set_num_threads(before)
    assert found[0] == found[1] == found[2]


@given(st.integers(0, 2**32), st.integers(1, 150), st.sampled_from([0.5, 0.9, 0.99, 1.0]))
@settings(max_examples=40)
def test_one_cell_finds_every_pair(seed: int, size: int, cosine: float) -> None:
    vectors = _unit(np.random.default_rng(seed), size)
    assert cell_count(size) == 1
    assert _found(vectors, cosine, 1) == _brute_force(vectors, cosine)


def test_many_cells_miss_few_of_planted_copies() -> None:
    random = np.random.default_rng(5)
    base = _unit(random, 6000, 64)
    copies = base[:600] + 0.02 * random.standard_normal((600, 64)).astype(np.float32)
    vectors = np.concatenate([base, copies / np.linalg.norm(copies, axis=1, keepdims=True)])
    planted = {(row, 6000 + row) for row in range(600)} & _brute_force(vectors, 0.95)
    assert len(planted) > 500
    assert len(planted & _found(vectors, 0.95, cells=100)) >= 0.99 * len(planted)


def test_captions_of_other_people_keep_the_same_picture_apart() -> None:
    vectors = np.eye(4, dtype=np.float32)[[0, 0, 0, 1]]
    rule = SemanticDuplicates(0.9, _embeddings(vectors))
    assert rule.judge(_rows(4, ["woman", "man", "woman", ""])).rows.tolist() == [0]
    assert rule.judge(_rows(4)).rows.tolist() == [0, 1]


def test_rows_without_an_embedding_are_nobodys_copies() -> None:
    vectors = np.array([[1, 0], [np.nan, np.nan], [1, 0], [np.nan, np.nan]], np.float32)
    taken = SemanticDuplicates(0.9, _embeddings(vectors), policy=KeepPolicy("first")).judge(_rows(4))
    assert taken.rows.tolist() == [2]
    assert taken.explain(0) == (
        "semantic_duplicate", "0000", "cosine 0.9", "shows nearly the same as row 0000, which stays as the first"
    )  # fmt: skip
    nobody = SemanticDuplicates(0.9, lambda ids: np.full((len(ids), 1), np.nan, np.float32))
    assert nobody.judge(_rows(4)).rows.tolist() == []
    assert nobody.judge(_rows(0)).rows.tolist() == []


def test_vectors_are_read_in_chunks_and_leave_no_file(tmp_path) -> None:  # type: ignore[no-untyped-def]
    asked = []

    def embeddings(content_ids: Sequence[str]) -> np.ndarray:
        asked.append(len(content_ids))
        return np.full((len(content_ids), 2), float(content_ids[0] != "none"), np.float32)

    contents = ["none"] * 8192 + ["some"] * 10_000
    with vectors_on_disk(contents, embeddings, tmp_path / "cache") as found:
        assert found.vectors.shape == (18_192, 2)
        read = found.vectors[np.array([8191, 8192, 18_191, 3, 4, 5])]
        assert read.tolist() == [[0, 0]] + [[1, 1]] * 2 + [[0, 0]] * 3
        assert found.vectors[np.zeros(0, np.int64)].shape == (0, 2)
    assert max(asked) <= 8192
    assert list((tmp_path / "cache").iterdir()) == []
