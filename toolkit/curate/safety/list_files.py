"""Lists that users bring: text, CSV or Parquet, read in pieces, so that ten million entries fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from toolkit.errors import RecipeError

_LINES = 1 << 18  # of a text file at a time
_TABLES = (".csv", ".tsv", ".parquet")


class Piece(NamedTuple):
    """Some entries of a list: the place of the first (its line, or its row in Parquet, from 1 on), and the columns,
    strings without nulls. A text file has one column, the first that was wanted."""

    first: int
    columns: dict[str, pa.Array]


class Stamp(NamedTuple):
    """A file and the state that it is in: its size in bytes and when it was last written, in nanoseconds."""

    path: str
    size: int
    written: int


def stamped(paths: Sequence[str]) -> tuple[Stamp, ...]:
    """Return the files `paths` as they are now. Raises RecipeError for one that is not there."""
    found = []
    for path in paths:
        try:
            state = Path(path).stat()
        except OSError as error:
            raise RecipeError(f"safety: there is no list {path} ({error.strerror}); give the path of a file") from error
        found.append(Stamp(path, state.st_size, state.st_mtime_ns))
    return tuple(found)


def pieces(path: Path, wanted: Sequence[str]) -> Iterator[Piece]:
    """Yield the entries of the list at `path`, with those of the columns `wanted` that it has.

    A text file has an entry a line; outer space is taken away, and a line that begins with # is empty. A first line
    that names one of `wanted` makes it a CSV. Raises RecipeError for a file that cannot be read, and for a table with
    none of the columns.
    """
    try:
        if path.suffix.lower() == ".parquet":
            yield from _parquet(path, wanted)
        elif path.suffix.lower() in _TABLES or _has_header(path, wanted):
            yield from _delimited(path, wanted)
        else:
            yield from _text(path, wanted[0])
    except (OSError, pa.ArrowInvalid) as error:
        raise RecipeError(f"{path}: cannot read this list ({' '.join(str(error).split())})") from error


def _has_header(path: Path, wanted: Sequence[str]) -> bool:
    with path.open(encoding="utf-8-sig", errors="replace") as lines:
        return not set(_cells(lines.readline(10_000))).isdisjoint(wanted)


def _cells(line: str) -> list[str]:
    return [one.strip().strip('"').lower() for one in line.replace("\t", ",").split(",")]


def _text(path: Path, column: str) -> Iterator[Piece]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="\n") as lines:
        first = 1
        while some := list(_some(lines)):
            found = pc.utf8_trim_whitespace(pa.array(some, pa.string()))
            yield Piece(first, {column: pc.if_else(pc.starts_with(found, "#"), "", found)})
            first += len(some)


def _some(lines: Iterator[str]) -> Iterator[str]:
    return (line for line, _ in zip(lines, range(_LINES), strict=False))


def _delimited(path: Path, wanted: Sequence[str]) -> Iterator[Piece]:
    with path.open(encoding="utf-8-sig", errors="replace") as lines:
        header = lines.readline(100_000).rstrip("\r\n")
    delimiter = "\t" if "\t" in header else ","
    names = {one.strip().strip('"'): one.strip().strip('"').lower() for one in header.split(delimiter)}
    chosen = _chosen(path, names, wanted)
    reader = pyarrow.csv.open_csv(
        path,
        read_options=pyarrow.csv.ReadOptions(encoding="utf8"),
        parse_options=pyarrow.csv.ParseOptions(delimiter=delimiter),
        convert_options=pyarrow.csv.ConvertOptions(
            include_columns=list(chosen), column_types=dict.fromkeys(chosen, pa.string()), strings_can_be_null=False
        ),
    )
    yield from _batches(reader, chosen, 2)


def _parquet(path: Path, wanted: Sequence[str]) -> Iterator[Piece]:
    with pq.ParquetFile(path) as file:
        chosen = _chosen(path, {one: one.lower() for one in file.schema_arrow.names}, wanted)
        yield from _batches(file.iter_batches(columns=list(chosen)), chosen, 1)


def _batches(batches: Iterator[pa.RecordBatch], chosen: dict[str, str], first: int) -> Iterator[Piece]:
    for batch in batches:
        columns = {name: pc.fill_null(pc.cast(batch[held], pa.string()), "") for held, name in chosen.items()}
        yield Piece(first, {name: pc.utf8_trim_whitespace(column) for name, column in columns.items()})
        first += batch.num_rows


def _chosen(path: Path, names: dict[str, str], wanted: Sequence[str]) -> dict[str, str]:
    """Return the columns among `names` (as held: in lower case) that are wanted."""
    chosen = {held: name for held, name in names.items() if name in wanted}
    if not chosen:
        found = ", ".join(list(names)[:10])
        raise RecipeError(f"{path}: found the columns {found}; expected one of {', '.join(wanted)}")
    return chosen
