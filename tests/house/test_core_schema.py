"""Table schemas: what fits goes through unchanged, what does not is named."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit import schema
from toolkit.errors import SchemaError

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
VALUES = {
    pa.string(): TEXT,
    pa.float64(): st.floats(allow_nan=False),
    pa.int64(): st.integers(-(2**63), 2**63 - 1),
    pa.int32(): st.integers(-(2**31), 2**31 - 1),
    pa.bool_(): st.booleans(),
    schema.IMAGE: st.fixed_dictionaries({"bytes": st.none() | st.binary(max_size=9), "path": st.none() | TEXT}),
    pa.map_(pa.string(), pa.string()): st.dictionaries(TEXT, TEXT, max_size=3).map(lambda one: list(one.items())),
    pa.map_(pa.string(), pa.float64()): st.dictionaries(TEXT, st.floats(allow_nan=False), max_size=3).map(
        lambda one: list(one.items())
    ),
    pa.list_(pa.string()): st.lists(TEXT, max_size=3),
    pa.list_(pa.int32()): st.lists(st.integers(0, 9), max_size=3),
    pa.list_(pa.float32()): st.lists(st.floats(-1, 1, width=32), max_size=3),
    pa.list_(schema.REASON): st.lists(
        st.fixed_dictionaries(dict.fromkeys(("rule", "value", "limit", "text"), TEXT)), max_size=2
    ),
}


def rows_of(name):
    """Return a strategy of rows that table `name` must take: any key once, any other value or null."""
    table = schema.table_schema(name)
    columns = {field.name: VALUES[field.type] for field in table.schema}
    row = st.fixed_dictionaries({k: v if k in table.key else st.none() | v for k, v in columns.items()})
    return st.lists(row, max_size=5, unique_by=lambda one: tuple(one[key] for key in table.key))


@pytest.mark.parametrize("name", schema.TABLES)
def test_any_rows_go_through_the_table_and_come_back(name):
    @given(rows_of(name))
    def holds(rows):
        table = schema.from_rows(name, rows)
        assert schema.validate(name, table) is table
        assert table.to_pylist() == rows

    holds()


@pytest.mark.parametrize("name", schema.TABLES)
def test_an_empty_table_is_valid(name):
    assert schema.validate(name, schema.empty(name)).num_rows == 0
    assert schema.from_rows(name, []).schema.equals(schema.empty(name).schema)


@given(st.lists(st.sampled_from("abc"), max_size=6))
def test_a_key_may_occur_once(names):
    rows = [{"sample_id": name, "weight": 1.0} for name in names]
    if len(set(names)) == len(names):
        assert schema.from_rows("weights", rows).num_rows == len(names)
    else:
        with pytest.raises(SchemaError, match="must be unique"):
            schema.from_rows("weights", rows)


def test_a_key_of_several_columns_is_one_key():
    label = {"subject_kind": "sample", "subject_id": "x", "instance": 0, "annotator": "clip", "reviewer": ""}
    label |= {"annotator_version": "1", "attribute": "skin tone"}
    other = label | {"attribute": "gender presentation"}
    assert schema.from_rows("labels", [label, other]).num_rows == 2
    with pytest.raises(SchemaError, match=r"'attribute': 'skin tone'.*occurs 2 times"):
        schema.from_rows("labels", [label, other, label])


def test_every_row_needs_a_key():
    with pytest.raises(SchemaError, match=r"weights\.sample_id holds 1 nulls"):
        schema.from_rows("weights", [{"weight": 1.0}])


def test_an_unknown_table_or_column_is_named_with_the_known_ones():
    with pytest.raises(SchemaError, match=r"no table is called 'wieghts'; the tables are pairs, links, scores"):
        schema.empty("wieghts")
    with pytest.raises(SchemaError, match=r"weights has no column 'wieght'; its columns are sample_id, weight"):
        schema.from_rows("weights", [{"sample_id": "a", "wieght": 1.0}])


@pytest.mark.parametrize(
    ("table", "row", "column"),
    [
        ("pairs", {"width": "wide"}, "pairs.width"),
        ("pairs", {"width": 2**40}, "pairs.width"),
        ("pairs", {"caption": "lone \ud800 surrogate"}, "pairs.caption"),
        ("weights", {"weight": "heavy"}, "weights.weight"),
        ("scores", {"words": object()}, "scores.words"),
    ],
)
def test_a_value_of_another_type_is_named_by_its_column(table, row, column):
    with pytest.raises(SchemaError, match=column.replace(".", r"\.")):
        schema.from_rows(table, [{"sample_id": "a"} | row])


def test_scores_may_have_more_columns_and_other_tables_may_not():
    table = schema.from_rows("scores", [{"sample_id": "a", "words": 3}, {"sample_id": "b"}])
    assert table["words"].to_pylist() == [3, None]
    more = schema.empty("weights").append_column("more", pa.array([], pa.string()))
    with pytest.raises(SchemaError, match="table weights has columns"):
        schema.validate("weights", more)


def test_columns_in_another_order_or_type_are_refused():
    table = schema.empty("weights")
    with pytest.raises(SchemaError, match="table weights has columns"):
        schema.validate("weights", table.select(["weight", "sample_id"]))
    with pytest.raises(SchemaError, match=r"weights\.weight has type float; expected double"):
        schema.validate("weights", table.set_column(1, "weight", pa.array([], pa.float32())))
