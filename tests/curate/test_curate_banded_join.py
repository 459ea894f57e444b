"""The Hamming search part by part, against comparing all with all and against the search in one process."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from crops import write_crops
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from toolkit.curate import deciding
from toolkit.curate.duplicates import banded_join, equal_rows, hamming, naive
from toolkit.curate.duplicates.banded_join import PartByPart
from toolkit.curate.duplicates.bands import Band
from toolkit.curate.duplicates.clusters import Clusters
from toolkit.curate.duplicates.hamming import join_found, join_near, search
from toolkit.curate.stage import curate
from toolkit.engine.local import LocalEngine
from toolkit.engine.opening import open_engine

SEEDS, SIZES, DISTANCES = st.integers(0, 2**32), st.integers(2, 100), st.integers(0, 12)
PARTS = st.sampled_from([1, 2, 16])
CUTS = {
    "all with all": (Band(0, 0, 0),),
    "six bands": tuple(
        Band(shift, width, 2) for shift, width in ((0, 10), (10, 11), (21, 11), (32, 10), (42, 11), (53, 11))
    ),
    "uneven bands": (Band(0, 3, 2), Band(3, 9, 2), Band(12, 13, 2), Band(25, 13, 2), Band(38, 13, 2), Band(51, 13, 2)),
}


@pytest.fixture(params=CUTS)
def bands(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(banded_join, "choose_bands", lambda *_: CUTS[request.param])
    return


def _hashes(seed: int, size: int) -> NDArray[np.uint64]:
    """Hashes of which many are near: a few bits of a few of them are turned over."""
    random = np.random.default_rng(seed)
    hashes = random.integers(0, 2**64, 4, np.uint64)[random.integers(0, 4, size)]
    for _ in range(7):
        hashes ^= np.uint64(1) << random.integers(0, 64, size).astype(np.uint64)
    return hashes


def _pairs(found: Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]) -> list[tuple[int, int]]:
    return sorted((i, j) for first, second in found for i, j in zip(first.tolist(), second.tolist(), strict=True))


def _in_parts(parts: int, least: int = 0) -> PartByPart:
    return PartByPart(LocalEngine(), least=least, parts=parts)


SAME_BANDS = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # the bands stay


@given(SEEDS, SIZES, DISTANCES, PARTS)
@SAME_BANDS
def test_it_finds_each_near_pair_once(bands: None, seed: int, size: int, distance: int, parts: int) -> None:
    hashes = _hashes(seed, size)
    near = np.bitwise_count(hashes[:, None] ^ hashes) <= distance
    found = search(hashes, None, distance, large=_in_parts(parts))
    assert _pairs(found) == [(i, j) for i, j in np.argwhere(near).tolist() if i < j]


@given(SEEDS, SIZES, st.integers(1, 60), DISTANCES, PARTS)
@SAME_BANDS
def test_it_finds_all_pairs_between_two_sets(
    bands: None, seed: int, size: int, queries: int, distance: int, parts: int
) -> None:
    hashes = _hashes(seed, size + queries)
    ours, theirs = hashes[:size], hashes[size:]
    near = np.bitwise_count(ours[:, None] ^ theirs) <= distance
    found = search(ours, theirs, distance, large=_in_parts(parts))
    assert _pairs(found) == [(i, j) for i, j in np.argwhere(near).tolist()]


@given(SEEDS, SIZES, DISTANCES, st.integers(1, 5), PARTS, st.sampled_from([1, 40, 1 << 20]))
@settings(max_examples=30, deadline=None)
def test_clusters_are_those_of_one_process_whatever_is_accepted_and_however_short_answers_are(
    seed: int, size: int, distance: int, kinds: int, parts: int, answer: int
) -> None:
    hashes = _hashes(seed, size)
    kind = np.random.default_rng(seed).integers(0, kinds, size)

    def accept(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.bool_]:
        return np.asarray(kind[first] == kind[second])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(banded_join, "_ANSWER", answer)
        patch.setattr(banded_join, "_OTHERS", 7 + answer)
        labels = join_near(hashes, distance, accept, _in_parts(parts))
    assert labels.tolist() == join_near(hashes, distance, accept).tolist()


@given(SEEDS, SIZES, PARTS)
@settings(max_examples=15, deadline=None)
def test_what_a_hash_alone_would_lose_is_counted_alike(seed: int, size: int, parts: int) -> None:
    random = np.random.default_rng(seed)
    rows = pa.table(
        {
            "sample_id": [f"{row:03}" for row in range(size)],
            "perceptual_hash": _hashes(seed, size),
            "gender_named": random.choice(["", "woman", "man"], size),
            "skin_tone_named": random.choice(["", "dark"], size),
            "width": random.integers(1, 4, size),
            "height": random.integers(1, 4, size),
            "source": random.choice(["a", "b"], size),
        }
    )
    assert naive.count_naive(rows, _in_parts(parts)) == naive.count_naive(rows)


def test_a_run_decides_the_same_on_both_sides_of_the_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write_crops(tmp_path / "crops")
    plain = curate(source, tmp_path / "plain")
    assert plain.stages["curate"]["counts"]["dropped"]
    monkeypatch.setattr(deciding, "PARTITIONED_HERE_FROM", 0)
    monkeypatch.setattr(equal_rows, "PARTITIONED_FROM", 0)
    parts = curate(source, tmp_path / "parts", workers=2)
    assert parts.content_hash() == plain.content_hash()
    assert parts.stages["curate"]["counts"] == plain.stages["curate"]["counts"]


def test_worker_processes_find_the_same() -> None:
    hashes = _hashes(3, 400)
    wanted = _pairs(search(hashes, None, 8))
    assert wanted
    assert _pairs(search(hashes, None, 8, large=PartByPart(LocalEngine(2), least=0, parts=4))) == wanted


def test_workers_of_ray_find_the_same() -> None:
    if find_spec("ray") is None:
        pytest.skip("the extra ray is missing: pip install 'tain[ray]'")
    hashes = _hashes(3, 400)
    with open_engine("ray", workers=2) as engine:
        found = _pairs(search(hashes, None, 8, large=PartByPart(engine, least=0, parts=4)))
    assert found == _pairs(search(hashes, None, 8))


def test_a_ball_of_near_hashes_is_joined_without_comparing_all_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(3)
    flips = np.zeros(4_000, np.uint64)
    for _ in range(3):
        flips ^= np.uint64(1) << random.integers(0, 64, len(flips)).astype(np.uint64)
    shown = 0

    def accept(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.bool_]:
        nonlocal shown
        shown += len(first)
        return np.ones(len(first), bool)

    monkeypatch.setattr(banded_join, "_ANSWER", 1 << 14)
    clusters = Clusters(len(flips))
    join_found(clusters, search(flips, None, 10, clusters, _in_parts(2)), accept)
    assert not clusters.labels().any()
    assert shown < 400_000  # of 8 million pairs


@pytest.mark.parametrize(("rows", "parts"), [(63, False), (64, True)])
def test_the_limit_says_which_search_is_large(rows: int, parts: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[int] = []
    monkeypatch.setattr(hamming, "choose_bands", lambda *_: used.append(1) or CUTS["six bands"])
    hashes = _hashes(5, rows)
    near = np.bitwise_count(hashes[:, None] ^ hashes) <= 8
    wanted = [(i, j) for i, j in np.argwhere(near).tolist() if i < j]
    assert _pairs(search(hashes, None, 8, large=_in_parts(2, least=64))) == wanted
    assert used == [] if parts else [1]
