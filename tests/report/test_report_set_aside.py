"""What is blurred in the data is counted by why, by status and by the rule that decided; each row once."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from toolkit.report.set_aside import NO_RULE, SetAside, rows_of, set_aside

ROWS = [
    ("a", "quarantined", "quarantined", "safety_nsfw"),
    ("b", "flagged as unsafe", "dropped", "caption_length"),
    ("c", None, "kept", None),
    ("d", "quarantined", "quarantined", "safety_nsfw"),
    ("e", "read as unsafe by nsfw", None, None),
]


def table(rows: list[tuple[str | None, ...]]) -> pa.Table:
    names = ("sample_id", "veil", "status", "rule")
    return pa.table({name: pa.array([row[place] for row in rows], pa.string()) for place, name in enumerate(names)})


def test_rows_are_counted_by_why_status_and_rule() -> None:
    found = set_aside(table(ROWS))
    assert found == [
        SetAside("quarantined", "quarantined", "safety_nsfw", 2),
        SetAside("flagged as unsafe", "dropped", "caption_length", 1),
        SetAside("read as unsafe by nsfw", "not decided", NO_RULE, 1),
    ]
    assert [rows_of(table(ROWS), one)["sample_id"].to_pylist() for one in found] == [["a", "d"], ["b"], ["e"]]


VEILS = st.sampled_from([None, "quarantined", "flagged as unsafe"])
ROW = st.tuples(st.just("x"), VEILS, st.sampled_from([None, "kept", "dropped"]), st.sampled_from([None, "r", "s"]))


@given(st.lists(ROW, max_size=30))
def test_every_blurred_row_is_in_one_part(rows: list[tuple[str | None, ...]]) -> None:
    found = set_aside(table(rows))
    assert sum(one.rows for one in found) == sum(row[1] is not None for row in rows)
    assert [rows_of(table(rows), one).num_rows for one in found] == [one.rows for one in found]
