"""Copies byte for byte: all but one go, and no drawing that stands for other people."""

from __future__ import annotations

from random import Random

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from toolkit.curate.duplicates.exact import ExactDuplicates
from toolkit.curate.duplicates.keepers import KeepPolicy
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


@given(st.lists(st.tuples(st.sampled_from("xyz"), st.integers(1, 3)), min_size=1, max_size=25), st.randoms())
def test_what_stays_does_not_depend_on_the_order_of_rows_unless_the_policy_says_so(
    rows: list[tuple[str, int]], random: Random
) -> None:
    """Of the same content, with sizes as they never differ in truth, so that the policy has something to choose by."""
    table = _table([(content, "", "") for content, _ in rows])
    table = table.set_column(1, "width", pa.array([width for _, width in rows], pa.int32()))
    shuffled = table.take(pa.array(random.sample(range(len(rows)), len(rows))))
    best = {min((-width, f"{row:03}") for row, (one, width) in enumerate(rows) if one == content)[1]
            for content, _ in rows}  # fmt: skip
    for given_rows in (table, shuffled):
        assert _staying(KeepPolicy("largest"), given_rows) == best
        ids, contents = given_rows["sample_id"].to_pylist(), given_rows["content_id"].to_pylist()
        assert _staying(KeepPolicy("first"), given_rows) == {ids[contents.index(one)] for one in contents}


def _staying(policy: KeepPolicy, rows: pa.Table) -> set[str]:
    taken = ExactDuplicates(policy).judge(rows)
    ids = rows["sample_id"].to_pylist()
    staying = set(ids) - {ids[row] for row in taken.rows}
    assert {taken.explain(index).value for index in range(len(taken.rows))} <= staying
    return staying
