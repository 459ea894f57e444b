"""Parquet files whose rows hold pictures as bytes, as struct<bytes, path>, or as local paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from toolkit.errors import SourceError
from toolkit.sources.columns import Columns, GivenColumns, choose_columns
from toolkit.sources.records import RecordReader
from toolkit.sources.remote import AnyPath, RemotePath, open_remote
from toolkit.sources.rows import BatchedRows, PairRow

_ROWS_AT_ONCE = 64


@dataclass(frozen=True)
class ParquetSource(BatchedRows):
    """The rows of the Parquet `files`, in order; paths in them are relative to each file's folder."""

    name: str
    files: tuple[AnyPath, ...]
    columns: Columns

    def describe(self) -> str:
        """Return one line on the form and the columns in use."""
        image = self.columns.image or self.columns.url
        return f"{self.name}: {len(self.files)} Parquet; captions in {self.columns.caption!r}, pictures in {image!r}"

    def listed(self, skip: int = 0) -> Iterator[PairRow]:
        """Yield one row a row; `skip` passes over whole row groups unread."""
        for place, path in enumerate(self.files):
            reader = RecordReader(self.name, self.columns, path.parent)
            with open_parquet(path) as file:
                total = file.metadata.num_rows
                if skip >= total:
                    skip -= total
                    continue
                prefix = path.name if len(self.files) == 1 else f"{place}/{path.name}"
                for number, record in read_records(file, skip):
                    key = f"{prefix}#{number}"
                    if isinstance(record, str):
                        yield reader.failed(key, record)
                    else:
                        yield reader.read(key, record)
                skip = 0


def open_parquet_files(name: str, files: Sequence[AnyPath], given: GivenColumns) -> ParquetSource:
    """Return the source over the Parquet `files`.

    Raises SourceError where one cannot be read, all are empty, or captions or pictures are not found.
    """
    names: list[str] = []
    rows = 0
    for path in files:
        with open_parquet(path) as file:
            rows += file.metadata.num_rows
            names = names or list(file.schema_arrow.names)
    if rows == 0:
        raise SourceError(f"{files[0]} holds no rows; expected a table with a caption and a picture in each row")
    return ParquetSource(name, tuple(files), choose_columns(names, given, str(files[0])))


def open_parquet(path: AnyPath) -> pq.ParquetFile:
    """Return the open file at `path`. Raises SourceError where it is no Parquet file."""
    try:
        if isinstance(path, RemotePath):
            return pq.ParquetFile(open_remote(path.address), pre_buffer=True)
        return pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise SourceError(f"{path} is not a readable Parquet file ({error})") from error


def read_records(file: pq.ParquetFile, skip: int) -> Iterator[tuple[int, Mapping[str, object] | str]]:
    """Yield (row number, record) from row `skip` on; the record of an unreadable row is its `class: detail`."""
    first = 0
    for group in range(file.metadata.num_row_groups):
        count = file.metadata.row_group(group).num_rows
        if skip >= first + count:
            first += count
            continue
        number = first
        try:
            for batch in file.iter_batches(_ROWS_AT_ONCE, row_groups=[group], use_threads=False):
                wanted = batch.slice(max(0, skip - number))
                number += batch.num_rows - wanted.num_rows
                for record in _to_records(wanted):
                    yield number, record
                    number += 1
        except (pa.ArrowException, OSError) as error:
            for lost in range(max(number, skip), first + count):
                yield lost, f"bad_row: row group {group} cannot be read ({error})"
        first += count


def _to_records(batch: pa.RecordBatch) -> list[dict[str, object]]:
    columns = {name: _to_values(batch.column(place)) for place, name in enumerate(batch.schema.names)}
    return [{name: values[row] for name, values in columns.items()} for row in range(batch.num_rows)]


def _to_values(column: pa.Array) -> list[object]:
    """Return the Python values of `column`; text that is not UTF-8 comes with surrogates for its bad bytes."""
    try:
        values: list[object] = column.to_pylist()
        return values
    except UnicodeDecodeError:
        return [_to_value(one) for one in column]


def _to_value(scalar: pa.Scalar) -> object:
    try:
        return scalar.as_py()
    except UnicodeDecodeError:
        data = scalar.as_buffer().to_pybytes() if hasattr(scalar, "as_buffer") else b""
        return data.decode("utf-8", "surrogateescape")
