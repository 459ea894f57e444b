"""The Arrow schema and the primary key of every table that a run folder can hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from toolkit.errors import SchemaError

_TEXT = pa.string()
_REAL = pa.float64()
_COUNT = pa.int64()


class TableSchema(NamedTuple):
    """`schema` in column order, the `key` columns (unique, never null), and whether other columns may follow."""

    schema: pa.Schema
    key: tuple[str, ...]
    open_ended: bool = False


def _table(key: str, *fields: tuple[str, pa.DataType], open_ended: bool = False) -> TableSchema:
    keys = tuple(key.split())
    columns = [pa.field(name, kind, nullable=name not in keys) for name, kind in fields]
    return TableSchema(pa.schema(columns), keys, open_ended)


IMAGE = pa.struct([("bytes", pa.binary()), ("path", _TEXT)])
REASON = pa.struct([("rule", _TEXT), ("value", _TEXT), ("limit", _TEXT), ("text", _TEXT)])
STATUSES = ("kept", "dropped", "failed", "quarantined")

TABLES: dict[str, TableSchema] = {
    "pairs": _table(
        "sample_id",
        ("sample_id", _TEXT),
        ("content_id", _TEXT),
        ("caption", _TEXT),
        ("image", IMAGE),
        ("url", _TEXT),
        ("source", _TEXT),
        ("license", _TEXT),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("format", _TEXT),
        ("error", _TEXT),
        ("meta", _TEXT),
    ),
    "links": _table(
        "key",
        ("key", _TEXT),
        ("url", _TEXT),
        ("caption", _TEXT),
        ("caption_from", _TEXT),
        ("page_url", _TEXT),
        ("words", pa.map_(_TEXT, _TEXT)),
        ("language", _TEXT),
        ("license", _TEXT),
        ("refusal", _TEXT),
        ("error", _TEXT),
    ),
    "scores": _table(
        "sample_id",
        ("sample_id", _TEXT),
        ("unscored", pa.map_(_TEXT, _TEXT)),
        open_ended=True,
    ),
    "decisions": _table(
        "sample_id",
        ("sample_id", _TEXT),
        ("status", _TEXT),
        ("keep", pa.bool_()),
        ("reasons", pa.list_(REASON)),
    ),
    "weights": _table("sample_id", ("sample_id", _TEXT), ("weight", _REAL)),
    "probe_requests": _table(
        "probe_id request_id",
        ("probe_id", _TEXT),
        ("request_id", _TEXT),
        ("attributes", pa.map_(_TEXT, _TEXT)),
        ("pair_id", _TEXT),
    ),
    "requests": _table(
        "request_id",
        ("request_id", _TEXT),
        ("prompt", _TEXT),
        ("prompt_sent", _TEXT),
        ("negative_prompt", _TEXT),
        ("replicate", pa.int32()),
        ("seed", pa.int64()),
        ("num_inference_steps", pa.int32()),
        ("guidance_scale", _REAL),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("settings", _TEXT),
    ),
    "samples": _table(
        "request_id",
        ("request_id", _TEXT),
        ("image_path", _TEXT),
        ("sha256", _TEXT),
        ("fingerprint", _TEXT),
        ("versions", _TEXT),
        ("batch_shape", pa.list_(pa.int32())),
        ("device", _TEXT),
        ("dtype", _TEXT),
        ("seconds", _REAL),
        ("flags", pa.list_(_TEXT)),
        ("error", _TEXT),
        ("meta", _TEXT),
    ),
    "labels": _table(
        "subject_kind subject_id instance annotator annotator_version reviewer attribute",
        ("subject_kind", _TEXT),
        ("subject_id", _TEXT),
        ("instance", pa.int32()),
        ("annotator", _TEXT),
        ("annotator_version", _TEXT),
        ("reviewer", _TEXT),
        ("attribute", _TEXT),
        ("value", _TEXT),
        ("probabilities", pa.map_(_TEXT, _REAL)),
        ("abstained", pa.bool_()),
        ("inclusion_probability", _REAL),
    ),
    "reviews": _table(
        "subject_kind subject_id attribute reviewer queue reviewed_at",
        ("subject_kind", _TEXT),
        ("subject_id", _TEXT),
        ("attribute", _TEXT),
        ("value", _TEXT),
        ("reviewer", _TEXT),
        ("queue", _TEXT),
        ("inclusion_probability", _REAL),
        ("reviewed_at", _TEXT),
    ),
    "embeddings": _table(
        "subject_kind subject_id network",
        ("subject_kind", _TEXT),
        ("subject_id", _TEXT),
        ("network", _TEXT),
        ("vector", pa.list_(pa.float32())),
    ),
    "features": _table(
        "subject_kind subject_id network",
        ("subject_kind", _TEXT),
        ("subject_id", _TEXT),
        ("network", _TEXT),
        ("vector", pa.list_(pa.float32())),
    ),
    "content": _table(
        "subject_kind subject_id",
        ("subject_kind", _TEXT),
        ("subject_id", _TEXT),
        ("colourfulness", _REAL),
        ("brightness", _REAL),
        ("contrast", _REAL),
        ("saturation", _REAL),
        ("sharpness", _REAL),
        ("centredness", _REAL),
        ("plain_ground", _REAL),
    ),
    "measures": _table(
        "subject slice attribute group measure annotator correction",
        ("subject", _TEXT),
        ("slice", _TEXT),
        ("attribute", _TEXT),
        ("group", _TEXT),
        ("measure", _TEXT),
        ("annotator", _TEXT),
        ("correction", _TEXT),
        ("value", _REAL),
        ("low", _REAL),
        ("high", _REAL),
        ("confidence", _REAL),
        ("method", _TEXT),
        ("n", _COUNT),
        ("n_effective", _REAL),
        ("abstained", _COUNT),
        ("floor", _REAL),
        ("reference", _TEXT),
        ("calibration_id", _TEXT),
        ("p", _REAL),
        ("q", _REAL),
        ("not_measurable", _TEXT),
    ),
}


def table_schema(name: str) -> TableSchema:
    """Return the schema of table `name`. Raises SchemaError for a name that no run folder holds."""
    if name not in TABLES:
        raise SchemaError(f"no table is called {name!r}; the tables are {', '.join(TABLES)}")
    return TABLES[name]


def empty(name: str) -> pa.Table:
    """Return table `name` with no rows."""
    return table_schema(name).schema.empty_table()


def from_rows(name: str, rows: list[dict[str, object]]) -> pa.Table:
    """Return `rows` as table `name`; a missing column becomes null. Open-ended columns get their inferred type.

    Raises SchemaError for a column that the table does not have, a value of another type, or a spoiled key.
    """
    expected = table_schema(name)
    extra = sorted({key for row in rows for key in row} - set(expected.schema.names))
    if extra and not expected.open_ended:
        raise SchemaError(
            f"table {name} has no column {extra[0]!r}; its columns are {', '.join(expected.schema.names)}"
        )
    wanted = [*expected.schema.names, *extra]
    return from_columns(name, {column: [row.get(column) for row in rows] for column in wanted})


def from_columns(name: str, columns: Mapping[str, Sequence[object]]) -> pa.Table:
    """Return `columns` as table `name`; the columns of an open-ended table that it does not know get their inferred
    type. Raises SchemaError for a value of another type, or a spoiled key."""
    known = {field.name: field for field in table_schema(name).schema}
    arrays = {c: _array(name, c, values, known[c].type if c in known else None) for c, values in columns.items()}
    fields = [known.get(column) or pa.field(column, array.type) for column, array in arrays.items()]
    return validate(name, pa.Table.from_arrays(list(arrays.values()), schema=pa.schema(fields)))


def _array(name: str, column: str, values: Sequence[object], kind: pa.DataType | None) -> pa.Array:
    try:
        return pa.array(values, kind)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        expected = f"; expected {kind}" if kind else "; expected values of one type"
        raise SchemaError(f"column {name}.{column} cannot hold these values ({error}){expected}") from error


def validate(name: str, table: pa.Table) -> pa.Table:
    """Return `table` unchanged if it has the columns, order and types of table `name` and a unique, non-null key.

    Raises SchemaError that names the first difference.
    """
    expected = table_schema(name)
    names = table.schema.names
    wanted = expected.schema.names
    if names[: len(wanted)] != wanted or (len(names) > len(wanted) and not expected.open_ended):
        raise SchemaError(
            f"table {name} has columns {names}; expected {wanted}{' and more' if expected.open_ended else ''}"
        )
    for field in expected.schema:
        found = table.schema.field(field.name).type
        if found != field.type:
            raise SchemaError(f"column {name}.{field.name} has type {found}; expected {field.type}")
    check_key(name, table)
    return table


def check_key(name: str, table: pa.Table) -> None:
    """Raise SchemaError where a key column of `table` holds a null or two rows share one key."""
    key = table_schema(name).key
    for column in key:
        if table[column].null_count:
            raise SchemaError(f"key column {name}.{column} holds {table[column].null_count} nulls; every row needs one")
    if len(key) == 1 and pc.count_distinct(table[key[0]]).as_py() == table.num_rows:
        return
    groups = table.select(list(key)).group_by(list(key)).aggregate([([], "count_all")])
    if groups.num_rows != table.num_rows:
        twice = groups.filter(pc.greater(groups["count_all"], 1)).slice(0, 1).to_pylist()[0]
        values = {column: twice[column] for column in key}
        raise SchemaError(f"table {name}: key {values} occurs {twice['count_all']} times; it must be unique")
