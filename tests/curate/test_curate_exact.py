"""Copies byte for byte: all but one go, and no drawing that stands for other people."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from toolkit.curate.duplicates.exact import ExactDuplicates
from toolkit.curate.duplicates.row_codes import first_of_each, row_codes

ROWS = st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from(["", "woman", "man"]), st.sampled_from(["", "dark"])))


def _table(rows: list[tuple[str, str, str]]) -> pa.Table:
    names = ("content_id", "people_named", "skin_tone_named")
    columns = {name: pa.array([row[place] for row in rows], pa.string()) for place, name in enumerate(names)}
    size = pa.array([1] * len(rows), pa.int32())
    sample_ids = pa.array([f"{row:03}" for row in range(len(rows))], pa.string())
    return pa.table({"sample_id": sample_ids, "width": size, "height": size} | columns)


def test_the_reason_names_the_row_that_stays_and_the_policy() -> None:
    taken = ExactDuplicates().judge(_table([("x", "", ""), ("y", "", ""), ("x", "", "")]))
    assert taken.rows.tolist() == [2]
    reason = ("exact_duplicate", "000", "", "the same picture, byte for byte, as row 000, which stays as the largest")
    assert taken.explain(0) == reason


def test_one_drawing_for_two_skin_tones_is_not_a_copy() -> None:
    named = [("x", "woman", "light"), ("x", "woman", "dark"), ("x", "man", "light")]
    assert ExactDuplicates().judge(_table(named)).rows.tolist() == []
    assert ExactDuplicates().judge(_table([*named, ("x", "woman", "light")])).rows.tolist() == [3]


@given(ROWS)
def test_every_picture_with_the_same_people_keeps_exactly_one_row(rows: list[tuple[str, str, str]]) -> None:
    gone = set(ExactDuplicates().judge(_table(rows)).rows.tolist())
    assert gone == {row for row, one in enumerate(rows) if one in rows[:row]}


@given(ROWS)
def test_codes_are_equal_exactly_where_the_columns_are(rows: list[tuple[str, str, str]]) -> None:
    table = pa.concat_tables([_table(rows[:3]), _table(rows[3:])])  # in two chunks, as a run gathers them
    codes = row_codes(table, ("content_id", "people_named", "skin_tone_named")).tolist()
    assert [codes.index(code) for code in codes] == [rows.index(one) for one in rows]
    assert first_of_each(row_codes(table, ("content_id",))).tolist() == [
        [other[0] for other in rows].index(one[0]) for one in rows
    ]
