"""One shard of a table as a Parquet file."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq


def encode_shard(rows: pa.Table) -> bytes:
    """Return `rows` as the bytes of a file: Parquet, zstd."""
    sink = pa.BufferOutputStream()
    pq.write_table(rows, sink, compression="zstd")
    data: bytes = sink.getvalue().to_pybytes()
    return data


def column_names(path: Path) -> list[str]:
    """Return the names of the columns of a shard. Raises ArrowInvalid and OSError."""
    names: list[str] = pq.read_schema(path).names
    return names


def read_shard(path: Path, columns: list[str] | None) -> pa.Table:
    """Return `columns` of a shard in that order; `image.path` is the field `path` of `image`. Raises ArrowInvalid,
    OSError, and KeyError for a column that it lacks."""
    with pq.ParquetFile(path) as file:  # `pq.read_table` plans a scan of a data set first, which takes longer
        table = file.read(columns=columns)
    if columns is None:
        return table
    inner = [name for name in columns if name not in table.schema.names and "." in name]
    for name in inner:
        whole, _, field = name.partition(".")
        table = table.append_column(field, pc.struct_field(table[whole], field))
    return table.select([name.partition(".")[2] if name in inner else name for name in columns])
