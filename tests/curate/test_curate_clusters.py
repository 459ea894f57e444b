"""Union-find and the Hamming index, against the plain way to compute them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.curate.duplicates.clusters import clusters, keepers
from toolkit.curate.duplicates.hamming import near_pairs
from toolkit.curate.duplicates.perceptual import candidates

EDGES = st.integers(1, 30).flatmap(
    lambda size: st.tuples(
        st.just(size), st.lists(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)), max_size=40)
    )
)


@given(EDGES)
def test_clusters_are_the_connected_components_by_their_first_item(graph: tuple[int, list[tuple[int, int]]]) -> None:
    size, edges = graph
    component = list(range(size))
    for _ in range(size):  # the plain way: spread the smallest label until nothing changes
        for i, j in edges:
            component[i] = component[j] = min(component[i], component[j])
    assert clusters(size, edges).tolist() == component


@given(EDGES, st.randoms(use_true_random=False))
def test_one_row_of_each_cluster_stays_whatever_the_order_of_pairs(
    graph: tuple[int, list[tuple[int, int]]], random: object
) -> None:
    size, edges = graph
    shuffled = edges[:]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    labels = clusters(size, edges)
    assert clusters(size, shuffled).tolist() == labels.tolist()
    stays = keepers(labels, [1] * size, [f"{item:03}" for item in range(size)])
    assert (stays == np.arange(size)).sum() == len(set(labels.tolist()))


def test_the_largest_copy_stays_then_the_first_id() -> None:
    labels = np.array([0, 0, 0, 3, 3])
    assert keepers(labels, [10, 20, 20, 5, 5], ["a", "c", "b", "e", "d"]).tolist() == [2, 2, 2, 4, 4]


def _hashes(seed: int, size: int) -> np.ndarray:
    """Return distinct hashes, many of them a few bits from another."""
    random = np.random.default_rng(seed)
    base = random.integers(0, 256, (size // 4 + 1, 8), dtype=np.uint8)
    copies = base[random.integers(0, len(base), size)].copy()
    for row in copies:
        for bit in random.choice(64, random.integers(0, 14), replace=False):
            row[bit // 8] ^= 1 << (bit % 8)
    return np.unique(np.concatenate([base, copies]), axis=0)


@given(st.integers(0, 2**32), st.integers(2, 120), st.integers(0, 11))
@settings(max_examples=60, deadline=None)
def test_near_pairs_are_all_pairs_within_the_distance_once(seed: int, size: int, distance: int) -> None:
    hashes = _hashes(seed, size)
    bits = np.unpackbits(hashes, axis=1).astype(int)
    apart = (bits[:, None] != bits[None]).sum(axis=-1)
    wanted = [(i, j) for i, j in zip(*np.nonzero(apart <= distance), strict=True) if i < j]
    found = [(i, j) for first, second in near_pairs(hashes, distance) for i, j in zip(first, second, strict=True)]
    assert found == wanted


def test_a_distance_that_the_index_cannot_search_exactly_is_refused() -> None:
    with pytest.raises(ValueError, match="from 0 to 11"):
        list(near_pairs(np.zeros((2, 8), np.uint8), 12))


@given(st.integers(0, 2**32), st.integers(1, 60))
@settings(max_examples=40, deadline=None)
def test_candidates_include_rows_that_share_a_hash(seed: int, size: int) -> None:
    random = np.random.default_rng(seed)
    distinct = _hashes(seed, size)
    rows = distinct[random.integers(0, len(distinct), 2 * size)]
    bits = np.unpackbits(rows, axis=1).astype(int)
    wanted = {(i, j) for i in range(len(rows)) for j in range(i + 1, len(rows)) if (bits[i] != bits[j]).sum() <= 6}
    pairs = [
        (min(i, j), max(i, j))
        for first, second in candidates([row.tobytes().hex() for row in rows], 6)
        for i, j in zip(first.tolist(), second.tolist(), strict=True)
    ]
    assert len(pairs) == len(set(pairs))
    assert set(pairs) == wanted
