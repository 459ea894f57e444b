"""Which rows match another table's: every test against the plain way to compare all with all."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.curate.duplicates.comparison import Comparison
from toolkit.curate.duplicates.looks import Looks, look_matches
from toolkit.curate.duplicates.matches import Nearest, cosine_matches, equal_matches

SEEDS = st.integers(0, 2**32)
GRIDS = [np.full((64, 3), level, "<i2").tobytes() for level in (0, 150, 5000)]  # 1.5 apart (2.6 in all), and far


def _table(random: np.random.Generator, size: int, name: str) -> pa.Table:
    """Return rows with few different values, so that many match; some rows have no hash and no content."""
    hashes = np.array([0, 1, 3, 2**63 + 1, 2**20 - 1, 2**64 - 1], np.uint64)[random.integers(0, 6, size)]
    absent = random.random(size) < 0.1
    return pa.table(
        {
            "sample_id": pa.array([f"{name} {row:03}" for row in range(size)], pa.string()),
            "content_id": pa.array([str(one) for one in random.integers(0, 30, size)], pa.string()),
            "perceptual_hash": pa.array(hashes, mask=absent),
            "colour_grid": pa.array([GRIDS[one] for one in random.integers(0, 3, size)], pa.binary()),
            "people_named": pa.array([["", "man"][one] for one in random.integers(0, 2, size)], pa.string()),
            "caption_template": pa.array([["", "a", "b"][one] for one in random.integers(0, 3, size)], pa.string()),
        }
    )


@given(SEEDS, st.integers(0, 20), st.integers(0, 20))
def test_equal_rows_match_the_first_of_the_other_table(seed: int, size: int, others: int) -> None:
    random = np.random.default_rng(seed)
    ours, theirs = _table(random, size, "our"), _table(random, others, "their")
    columns = ["content_id", "people_named"]
    mine, known = (list(zip(*(one[c].to_pylist() for c in columns), strict=True)) for one in (ours, theirs))
    found = equal_matches(ours, theirs, columns)
    assert list(zip(found.rows.tolist(), found.theirs.tolist(), strict=True)) == [
        (row, known.index(one)) for row, one in enumerate(mine) if one in known
    ]


@given(SEEDS, st.integers(0, 20), st.integers(0, 20), st.integers(0, 12), st.sampled_from([(), ("people_named",)]))
@settings(max_examples=60)
def test_pictures_match_the_nearest_of_those_that_look_the_same(
    seed: int, size: int, others: int, distance: int, same: tuple[str, ...]
) -> None:
    random = np.random.default_rng(seed)
    ours, theirs = _table(random, size, "our"), _table(random, others, "their")
    wanted = []
    for row, mine in enumerate(ours.to_pylist()):
        near = [
            ((mine["perceptual_hash"] ^ one["perceptual_hash"]).bit_count(), other)
            for other, one in enumerate(theirs.to_pylist())
            if None not in (mine["perceptual_hash"], one["perceptual_hash"])
            and all(mine[column] == one[column] for column in same)
            and (mine["colour_grid"] == GRIDS[2]) == (one["colour_grid"] == GRIDS[2])
        ]
        near = [one for one in near if one[0] <= distance]
        wanted += [(row, min(near)[1], min(near)[0])] if near else []
    found = look_matches(ours, theirs, Looks(distance, 2.7, 2.7), same)
    assert list(zip(*(one.tolist() for one in found), strict=True)) == wanted


@given(SEEDS, st.integers(1, 25), st.integers(1, 25), st.sampled_from([0.3, 0.8, 0.95]))
@settings(max_examples=40)
def test_embeddings_match_the_nearest_by_brute_force(seed: int, size: int, others: int, cosine: float) -> None:
    random = np.random.default_rng(seed)
    vectors = random.standard_normal((30, 4))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    vectors[random.random(30) < 0.1] = np.nan
    ours, theirs = _table(random, size, "our"), _table(random, others, "their")
    a, b = (vectors[[int(one) for one in table["content_id"].to_pylist()]] for table in (ours, theirs))
    people = [table["people_named"].to_numpy() for table in (ours, theirs)]
    exact = np.round(np.nan_to_num(a.astype(np.float64) @ b.T.astype(np.float64), nan=-2), 4)
    exact[people[0][:, None] != people[1][None]] = -2
    found = cosine_matches(
        ours, theirs, ("people_named",), cosine, lambda ids: vectors[[int(one) for one in ids]], None
    )
    rows = np.flatnonzero(exact.max(axis=1) >= cosine)
    assert found.rows.tolist() == rows.tolist()
    assert found.theirs.tolist() == exact[rows].argmax(axis=1).tolist()
    assert found.measured.tolist() == exact[rows].max(axis=1).tolist()


@given(SEEDS, st.integers(0, 15), st.integers(0, 15))
def test_the_first_test_that_finds_a_row_gives_its_reason(seed: int, size: int, others: int) -> None:
    random = np.random.default_rng(seed)
    ours, theirs = _table(random, size, "our"), _table(random, others, "their")
    comparison = Comparison(True, Looks(0, 1, 1), captions=True)
    taken = comparison.taken(ours, theirs, "some_rule", lambda row: f"row {row}")
    exact = equal_matches(ours, theirs, ["content_id"]).rows.tolist()
    looks = look_matches(ours, theirs, Looks(0, 1, 1)).rows.tolist()
    captions = [
        row for row, one in enumerate(ours["caption_template"].to_pylist())
        if one and one in theirs["caption_template"].to_pylist()
    ]  # fmt: skip
    assert taken.rows.tolist() == sorted({*exact, *looks, *captions})
    for index, row in enumerate(taken.rows.tolist()):
        word = "byte for byte" if row in exact else "looks the same" if row in looks else "has the caption"
        reason = taken.explain(index)
        assert word in reason.text
        assert reason.rule == "some_rule"
        assert f"row {theirs['sample_id'].to_pylist().index(reason.value)}" in reason.text


def test_the_nearest_is_kept_whatever_the_order_of_pairs() -> None:
    best = Nearest(3)
    best.add(np.array([2, 0, 2]), np.array([5, 1, 4]), np.array([1.0, 9.0, 1.0]))
    best.add(np.array([2, 0]), np.array([3, 8]), np.array([1.0, 2.0]))
    best.add(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    found = best.matches()
    assert (found.rows.tolist(), found.theirs.tolist(), found.measured.tolist()) == ([0, 2], [8, 3], [2.0, 1.0])
