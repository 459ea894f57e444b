"""Values of a long column at a few places."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from toolkit.engine.chunks import values_at


@given(st.lists(st.lists(st.one_of(st.none(), st.text(max_size=3)), max_size=5), max_size=5), st.data())
def test_any_places_in_any_order(chunks: list[list[str | None]], data: st.DataObject) -> None:
    column = pa.chunked_array(chunks, pa.string())
    many = st.lists(st.integers(0, max(0, len(column) - 1)), max_size=12 if len(column) else 0)
    wanted = np.array(data.draw(many), np.int64)
    assert values_at(column, wanted).to_pylist() == [column[place].as_py() for place in wanted.tolist()]


def test_few_values_of_a_long_column_are_no_copy_of_it() -> None:
    column = pa.chunked_array([pa.array([f"{chunk}-{row}" * 20 for row in range(2000)]) for chunk in range(50)])
    before = pa.total_allocated_bytes()
    found = values_at(column, np.arange(0, len(column), 1000))
    assert len(found) == 100
    assert pa.total_allocated_bytes() - before < column.nbytes / 100
