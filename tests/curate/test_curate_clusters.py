"""Union-find and the Hamming search, against the plain way to compute them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from toolkit.curate.duplicates import hamming
from toolkit.curate.duplicates.bands import Band, choose_bands
from toolkit.curate.duplicates.clusters import Clusters
from toolkit.curate.duplicates.hamming import join_near, near_pairs, search

EDGES = st.integers(1, 30).flatmap(
    lambda size: st.tuples(
        st.just(size), st.lists(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)), max_size=40)
    )
)
SEEDS, SIZES, DISTANCES = st.integers(0, 2**32), st.integers(2, 120), st.integers(0, 14)
CUTS = {
    "all with all": (Band(0, 0, 0),),
    "four bands": tuple(Band(shift, 16, 3) for shift in (0, 16, 32, 48)),
    "uneven bands": (Band(0, 5, 2), Band(5, 13, 2), Band(18, 14, 2), Band(32, 16, 2), Band(48, 16, 2)),
}


def _components(size: int, edges: list[tuple[int, int]]) -> list[int]:
    """The plain way: spread the smallest label until nothing changes."""
    component = list(range(size))
    for _ in range(size):
        for i, j in edges:
            component[i] = component[j] = min(component[i], component[j])
    return component


@given(EDGES, st.integers(1, 7))
def test_clusters_are_the_connected_components_by_their_first_item(
    graph: tuple[int, list[tuple[int, int]]], step: int
) -> None:
    size, edges = graph
    clusters = Clusters(size)
    for start in range(0, len(edges), step):
        first, second = np.array(edges[start : start + step], np.int64).T
        clusters.join(first, second)
    assert clusters.labels().tolist() == _components(size, edges)


def _hashes(seed: int, size: int) -> NDArray[np.uint64]:
    """Return hashes, many of them a few bits from another, some of them the same."""
    random = np.random.default_rng(seed)
    base = random.integers(0, 2**64, size // 8 + 1, dtype=np.uint64)
    hashes = base[random.integers(0, len(base), size)]
    for row in range(size):
        for bit in random.choice(64, random.integers(0, 14), replace=False):
            hashes[row] ^= np.uint64(1) << np.uint64(bit)
    hashes[random.integers(0, size, size // 4)] = hashes[0]
    return hashes


def _plain_pairs(hashes: NDArray[np.uint64], distance: int) -> list[tuple[int, int]]:
    near = [[(int(a) ^ int(b)).bit_count() <= distance for b in hashes] for a in hashes]
    return [(i, j) for i in range(len(hashes)) for j in range(i + 1, len(hashes)) if near[i][j]]


@given(SEEDS, SIZES, DISTANCES)
@settings(max_examples=60, deadline=None)
def test_near_pairs_are_all_pairs_within_the_distance_once(seed: int, size: int, distance: int) -> None:
    hashes = _hashes(seed, size)
    found = [(i, j) for first, second in near_pairs(hashes, distance) for i, j in zip(first, second, strict=True)]
    assert sorted(found) == _plain_pairs(hashes, distance)


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("distance", [4, 10])
def test_every_way_to_cut_hashes_finds_the_same(cut: str, distance: int, monkeypatch: pytest.MonkeyPatch) -> None:
    hashes = _hashes(7, 2000)
    apart = np.bitwise_count(hashes[:, None] ^ hashes)
    monkeypatch.setattr(hamming, "choose_bands", lambda *sizes: CUTS[cut])
    found = np.concatenate([np.stack(pairs) for pairs in near_pairs(hashes, distance)], axis=1)
    assert sorted(found.T.tolist()) == np.argwhere(np.triu(apart <= distance, 1)).tolist()


@pytest.mark.parametrize(("size", "distance"), [(20_000, 4), (120_000, 4)])
def test_many_hashes_are_cut_and_nothing_is_missed(size: int, distance: int) -> None:
    """Planted near pairs among uniform hashes, which are hardly ever near by chance."""
    random = np.random.default_rng(size)
    hashes = random.integers(0, 2**64, size, dtype=np.uint64)
    for row in range(1000):
        flipped = random.choice(64, row % (distance + 2), replace=False)
        hashes[size - 1 - row] = hashes[row] ^ np.uint64(sum(1 << int(bit) for bit in flipped))
    assert len(choose_bands(size, size, distance)) > 1
    found = [(i, j) for first, second in near_pairs(hashes, distance) for i, j in zip(first, second, strict=True)]
    assert sorted(found) == [(row, size - 1 - row) for row in range(1000) if row % (distance + 2) <= distance]


@given(SEEDS, SIZES, st.integers(1, 60), DISTANCES)
@settings(max_examples=60, deadline=None)
def test_near_queries_are_all_pairs_between_two_sets(seed: int, size: int, queries: int, distance: int) -> None:
    hashes = _hashes(seed, size + queries)
    ours, theirs = hashes[:size], hashes[size:]
    found = [
        (i, j)
        for first, second in search(ours, theirs, distance)
        for i, j in zip(first.tolist(), second.tolist(), strict=True)
    ]
    apart = np.bitwise_count(ours[:, None] ^ theirs)
    assert sorted(found) == [(i, j) for i, j in np.argwhere(apart <= distance).tolist()]


@given(SEEDS, SIZES, DISTANCES, st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_joined_are_the_components_of_the_near_pairs_that_are_accepted(
    seed: int, size: int, distance: int, kinds: int
) -> None:
    hashes = _hashes(seed, size)
    kind = np.random.default_rng(seed).integers(0, kinds, size)
    labels = join_near(hashes, distance, lambda i, j: kind[i] == kind[j])
    accepted = [(i, j) for i, j in _plain_pairs(hashes, distance) if kind[i] == kind[j]]
    assert labels.tolist() == _components(size, accepted)


def test_a_ball_of_near_hashes_is_joined_without_comparing_all_pairs() -> None:
    random = np.random.default_rng(3)
    flips = np.zeros(10_000, np.uint64)
    for _ in range(3):
        flips ^= np.uint64(1) << random.integers(0, 64, len(flips)).astype(np.uint64)
    shown = 0

    def accept(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.bool_]:
        nonlocal shown
        shown += len(first)
        return np.ones(len(first), bool)

    assert not join_near(flips, 10, accept).any()
    assert shown < 500_000  # of 50 million pairs


def test_nothing_and_one_hash_have_no_pairs() -> None:
    for size in (0, 1):
        hashes = np.zeros(size, np.uint64)
        assert list(near_pairs(hashes, 10)) == []
        assert join_near(hashes, 10, lambda i, j: np.ones(len(i), bool)).tolist() == list(range(size))
    assert list(search(np.zeros(0, np.uint64), np.zeros(3, np.uint64), 10)) == []


@pytest.mark.parametrize("distance", [-1, 65])
def test_a_distance_that_hashes_cannot_have_is_refused(distance: int) -> None:
    with pytest.raises(ValueError, match="hashes have 64 bits"):
        list(near_pairs(np.zeros(2, np.uint64), distance))
