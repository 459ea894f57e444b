"""A column as its different values."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from toolkit.curate.distinct import distinct


@given(st.lists(st.lists(st.sampled_from(["", "a", "b", "消"]), max_size=5), max_size=4))
def test_values_and_places_are_the_column_again(chunks: list[list[str]]) -> None:
    column = pa.chunked_array([pa.array(chunk, pa.string()) for chunk in chunks], pa.string())
    values, place = distinct(column)
    assert [values[one] for one in place] == column.to_pylist()
    assert values == list(dict.fromkeys(column.to_pylist()))
