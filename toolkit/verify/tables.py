"""Tables of a run: every shard readable and of its schema, keys that differ, and rows of one table known to another."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from toolkit import schema
from toolkit.errors import RunError, SchemaError
from toolkit.store import RunFolder
from toolkit.verify.problem import Problem, how_to_mend

# Rows of the first table are named in the second, by these columns; and whether the second has no others.
_SAME_ROWS = (("pairs", "scores"), ("pairs", "decisions"))
_KNOWN_IN = (
    ("samples", "request_id", "requests", "request_id"),
    ("probe_requests", "request_id", "requests", "request_id"),
)


def check_shards(run: RunFolder) -> Iterator[Problem]:
    """Yield the shards that cannot be read, or whose columns are not those of their table."""
    stages = tuple(run.stages)
    for table in run.tables():
        for path in run.shards(table):
            name = f"{table}/{path.name}"
            try:
                schema.validate(table, run.read_one(path))
            except SchemaError as error:
                yield Problem("differs", name, str(error), how_to_mend(name, stages))
            except RunError as error:
                found = str(error).partition(" cannot be read ")[2].partition("; delete")[0].strip("()")
                yield Problem("damaged", name, f"it cannot be read: {found}", how_to_mend(name, stages))


def check_rows(run: RunFolder) -> Iterator[Problem]:
    """Yield the tables whose keys repeat, and those whose rows are not the rows of another; of sound shards only."""
    for table in run.tables():
        try:
            schema.check_key(table, run.read(table, columns=list(schema.table_schema(table).key)))
        except SchemaError as error:
            yield Problem("differs", table, str(error), "run the command that wrote it again into another --out")
    if run.stages.get("curate", {}).get("finished", True):
        for one, other in _SAME_ROWS:
            yield from _same_rows(run, one, other)
    for table, column, other, key in _KNOWN_IN:
        if run.has(table) and run.has(other):
            lost = set(_column(run, table, column)) - set(_column(run, other, key))
            if lost:
                found = f"{len(lost):,} of its rows name what {other} does not hold"
                yield Problem("differs", table, found, "run the command that wrote it again into another --out")


def _same_rows(run: RunFolder, one: str, other: str) -> Iterator[Problem]:
    if run.has(one) and run.has(other):
        first, second = (set(_column(run, table, "sample_id")) for table in (one, other))
        if first != second:
            found = (
                f"{len(first - second):,} rows of {one} are not in it, {len(second - first):,} of its rows not in {one}"
            )
            yield Problem("differs", other, found, how_to_mend(f"{other}/part-00000.parquet", run.stages))


def _column(run: RunFolder, table: str, column: str) -> list[str]:
    rows: pa.ChunkedArray = run.read(table, [column])[column]
    names: list[str] = rows.to_pylist()
    return names
