"""Tables of text: CSV, TSV and JSON lines, also the metadata of an imagefolder."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import NamedTuple

from toolkit.errors import SourceError
from toolkit.sources.columns import Columns, GivenColumns, choose_columns
from toolkit.sources.records import RecordReader
from toolkit.sources.remote import AnyPath
from toolkit.sources.rows import BatchedRows, PairRow, RowBatch, check_batches

_JSON_LINES = (".jsonl", ".ndjson")
_LONGEST_FIELD = 64 << 20
_LINES_TO_GUESS_FROM = 64
_LINES_AT_ONCE = 256
_DECODER = json.JSONDecoder()


class Line(NamedTuple):
    """One record of a table, or the `error` that says why it could not be read."""

    record: Mapping[str, object]
    error: str | None = None


@dataclass(frozen=True)
class DelimitedSource(BatchedRows):
    """The records of the text tables `files`, in order; their file names are relative to each table's folder."""

    name: str
    files: tuple[AnyPath, ...]
    columns: tuple[Columns, ...]
    confined: bool

    def describe(self) -> str:
        """Return one line on the form and the columns in use."""
        columns = self.columns[0]
        names = ", ".join(path.name for path in self.files[:3]) + (", ..." if len(self.files) > 3 else "")
        return f"{self.name}: {names}; captions in {columns.caption!r}, pictures in {columns.image or columns.url!r}"

    def listed(self, skip: int = 0) -> Iterator[PairRow]:
        """Yield one row a record; `skip` passes over lines without reading what they say."""
        for batch in self._batches(_LINES_AT_ONCE, skip):
            yield from batch

    def batches(self, size: int, start: int = 0) -> Iterator[RowBatch]:
        """Yield batches of `size` rows; lines of JSON are read by whoever goes through them."""
        check_batches(size, start)
        return self._batches(size, start * size)

    def _batches(self, size: int, skip: int) -> Iterator[Stretches]:
        held: list[Stretch] = []
        wanted = size
        for path, columns in zip(self.files, self.columns, strict=True):
            reader = RecordReader(self.name, columns, path.parent, self.confined)
            records = read_records(path)
            passed = sum(1 for _ in islice(records, skip))
            skip, number = skip - passed, passed + 1
            while some := list(islice(records, wanted)):
                held.append(Stretch(reader, path.name, _key_prefix(path, self.files), number, some))
                number, wanted = number + len(some), wanted - len(some)
                if not wanted:
                    yield Stretches(tuple(held))
                    held, wanted = [], size
        if held:
            yield Stretches(tuple(held))


@dataclass(frozen=True)
class Stretch:
    """Records of one table that follow one another, the first of them number `first`."""

    reader: RecordReader
    table: str
    prefix: str
    first: int
    records: Sequence[str | Line]

    def rows(self) -> Iterator[PairRow]:
        """Yield one row a record."""
        for number, record in enumerate(self.records, self.first):
            line = parsed_line(record) if isinstance(record, str) else record
            key = f"{self.prefix}#{number}"
            if line.error is None:
                yield self.reader.read(key, line.record)
            else:
                yield self.reader.failed(key, f"bad_row: record {number} of {self.table}: {line.error}")


@dataclass(frozen=True)
class Stretches:
    """Rows of one or more tables."""

    parts: tuple[Stretch, ...]

    def __len__(self) -> int:
        return sum(len(one.records) for one in self.parts)

    def __iter__(self) -> Iterator[PairRow]:
        return chain.from_iterable(one.rows() for one in self.parts)


def open_delimited(
    name: str, files: Sequence[AnyPath], given: GivenColumns, *, confined: bool = False
) -> DelimitedSource:
    """Return the source over the text tables `files`. With `confined`, file names may not lead out of their folder.

    Raises SourceError where one is empty or has no captions, or neither pictures nor addresses.
    """
    columns = tuple(choose_columns(_column_names(path), given, str(path)) for path in files)
    return DelimitedSource(name, tuple(files), columns, confined)


def read_records(path: AnyPath) -> Iterator[str | Line]:
    """Yield the records of the table at `path`, those of JSON as their lines. Raises SourceError where it cannot be
    opened."""
    try:
        stream = path.open("r", encoding="utf-8-sig", errors="surrogateescape", newline="")
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror}); check that you may read it") from error
    with stream:
        if path.suffix.lower() in _JSON_LINES:
            yield from (text for text in stream if not text.isspace())
        else:
            yield from separated_records(stream, path.suffix)


def _column_names(path: AnyPath) -> list[str]:
    some = islice(read_records(path), _LINES_TO_GUESS_FROM)
    lines = [parsed_line(one) if isinstance(one, str) else one for one in some]
    if not lines:
        raise SourceError(f"{path} holds no rows; expected a table with a caption and a picture in each row")
    names = list(dict.fromkeys(str(name) for line in lines for name in line.record))
    if not names:
        raise SourceError(f"{path}: no record among the first {len(lines)} can be read ({lines[0].error})")
    return names


def parsed_line(text: str) -> Line:
    """Return the record in a line of JSON, or the error of one that holds no object."""
    try:
        record = _value(text)
    except (ValueError, RecursionError) as error:
        return Line({}, f"not JSON ({error})")
    return Line(record) if isinstance(record, dict) else Line({}, f"a JSON {type(record).__name__}, not an object")


def _value(text: str) -> object:
    """Return what `json.loads` does, in a third of the time where the value begins at once, as nearly all do."""
    try:
        value, end = _DECODER.raw_decode(text)
    except ValueError:
        return json.loads(text)
    return value if text[end:].isspace() or end == len(text) else json.loads(text)


def separated_records(lines: Iterable[str], suffix: str) -> Iterator[Line]:
    """Yield the records in the `lines` of a CSV or TSV file, whose first record names the columns; `suffix` is that of
    the file's name. A record that cannot be read carries its error."""
    lines = iter(lines)
    header = next(lines, "")
    # strict=False: a stray quote is kept as text instead of failing the row
    reader = csv.reader(chain([header], lines), delimiter=_delimiter(header, suffix))
    names: list[str] | None = None
    while True:
        try:
            fields = _next_fields(reader)
        except csv.Error as error:
            yield Line({}, f"not a row of fields ({error})")
            continue
        if fields is None:
            return
        if names is None:
            names = fields
        elif fields:
            yield Line(_record(names, fields))


def column_names(header: str, suffix: str) -> list[str]:
    """Return the names in the first line of a CSV or TSV file; [] for one that is no row of fields."""
    try:
        return next(csv.reader([header], delimiter=_delimiter(header, suffix)), [])
    except csv.Error:
        return []


def _delimiter(header: str, suffix: str) -> str:
    usual = "\t" if suffix.lower() == ".tsv" else ","
    return max((usual, ",", "\t", ";", "|"), key=header.count)


def _next_fields(reader: Iterator[list[str]]) -> list[str] | None:
    """Return the next fields, long captions included; csv's limit is the process's, so it is put back at once."""
    usual = csv.field_size_limit(_LONGEST_FIELD)
    try:
        return next(reader, None)
    finally:
        csv.field_size_limit(usual)


def _record(names: list[str], fields: list[str]) -> dict[str, object]:
    record: dict[str, object] = {
        name: field or None for name, field in zip(names, fields, strict=False) if name or field
    }
    if len(fields) > len(names):
        record["fields_beyond_the_header"] = fields[len(names) :]
    return record


def _key_prefix(path: AnyPath, files: tuple[AnyPath, ...]) -> str:
    """Return what tells `path` from the other `files` without saying where on this machine they lie."""
    if len({one.name for one in files}) == len(files):
        return path.name
    return f"{files.index(path)}/{path.name}"
