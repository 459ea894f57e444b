"""Equal rows found part by part, against numbering all rows in memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolkit.curate.duplicates import equal_rows
from toolkit.curate.duplicates.equal_rows import first_of_equal
from toolkit.curate.duplicates.exact import ExactDuplicates
from toolkit.curate.duplicates.row_codes import first_of_each, row_codes

PEOPLE = ("people_named", "skin_tone_named")
CONTENTS = st.integers(0, 6).map(lambda one: f"{one * 0x2468ACE13579BDF:032x}")
ROWS = st.lists(st.tuples(CONTENTS, st.sampled_from(["", "woman", "man"]), st.sampled_from(["", "dark"])), max_size=60)
PARTS = st.sampled_from([1, 2, 16])


def _table(rows: list[tuple[str, str, str]], chunks: int = 3) -> pa.Table:
    columns = {
        name: pa.array([row[place] for row in rows], pa.string()) for place, name in enumerate(("content_id", *PEOPLE))
    }
    size = pa.array([1] * len(rows), pa.int32())
    whole = pa.table({"sample_id": [f"{row:03}" for row in range(len(rows))], "width": size, "height": size} | columns)
    step = max(1, -(-len(rows) // chunks))
    return pa.concat_tables([whole.slice(0, 0), *(whole.slice(low, step) for low in range(0, len(rows), step))])


@given(ROWS, PARTS)
@settings(max_examples=40, deadline=None)
def test_they_are_the_first_of_equal_rows_whatever_the_number_of_parts(
    rows: list[tuple[str, str, str]], parts: int
) -> None:
    table = _table(rows)
    wanted = first_of_each(row_codes(table, ("content_id", *PEOPLE)))
    assert first_of_equal(table, "content_id", PEOPLE, parts=parts).tolist() == wanted.tolist()


@given(ROWS, PARTS)
@settings(max_examples=30, deadline=None)
def test_rows_that_differ_stay_apart_where_their_hashes_do_not(rows: list[tuple[str, str, str]], parts: int) -> None:
    table = _table(rows)
    wanted = first_of_each(row_codes(table, ("content_id", *PEOPLE)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(equal_rows, "_MIX", (np.uint64(0),) * 3)
        assert first_of_equal(table, "content_id", PEOPLE, parts=parts).tolist() == wanted.tolist()


@given(st.lists(st.integers(0, 5).map(lambda one: one << 61), min_size=1, max_size=50), PARTS)
@settings(max_examples=30, deadline=None)
def test_numbers_are_compared_as_well(hashes: list[int], parts: int) -> None:
    table = pa.table({"fingerprint": pa.chunked_array([pa.array(hashes, pa.uint64())]), "sides": [""] * len(hashes)})
    wanted = [hashes.index(one) for one in hashes]
    assert first_of_equal(table, "fingerprint", ("sides",), parts=parts).tolist() == wanted


@pytest.mark.parametrize("odd", ["x", "", "G" * 32, "0" * 31, "A" * 32])
def test_names_that_are_no_content_ids_are_compared_as_text(odd: str) -> None:
    table = _table([("0" * 32, "", ""), (odd, "", ""), ("0" * 32, "", ""), (odd, "", "")])
    assert first_of_equal(table, "content_id", PEOPLE, parts=2).tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize("least", [40, 41])
def test_exact_copies_are_the_same_on_both_sides_of_the_limit(
    least: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(1)
    rows = [(f"{one:032x}", random.choice(["", "woman"]), "") for one in random.integers(0, 12, 40).tolist()]
    asked: list[int] = []
    dealt = equal_rows.partitions
    monkeypatch.setattr(equal_rows, "partitions", lambda *given: asked.append(1) or dealt(*given))
    monkeypatch.setattr(equal_rows, "PARTITIONED_FROM", least)
    taken = ExactDuplicates(folder=tmp_path / "scratch").judge(_table(rows)).rows.tolist()
    assert taken == [row for row, one in enumerate(rows) if one in rows[:row]]
    assert asked == [1] * (least == 40)
    assert not list(tmp_path.rglob("*.*"))
