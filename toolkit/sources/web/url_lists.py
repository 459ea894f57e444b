"""Lists of addresses: CSV, TSV, JSON lines, Parquet or plain text, also gzipped, with the columns of img2dataset."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from toolkit.errors import SourceError
from toolkit.sources.columns import (
    CAPTION_NAMES,
    IMAGE_NAMES,
    LICENSE_NAMES,
    PAGE_NAMES,
    URL_NAMES,
    GivenColumns,
    find_column,
)
from toolkit.sources.delimited import Line, column_names, parsed_line, separated_records
from toolkit.sources.meta import plain_text_of
from toolkit.sources.web.links import ImageLink, failed_link
from toolkit.sources.web.list_lines import Lines
from toolkit.sources.web.page_addresses import absolute

LIST_SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet", ".txt")
_JSON_LINES = (".jsonl", ".ndjson")
LANGUAGE_NAMES = ("language", "lang")
_ADDRESS = re.compile(r"\s*https?://", re.IGNORECASE)
_NOTHING_GIVEN = GivenColumns()


class ListColumns(NamedTuple):
    """Which columns of a list are used; None where it has none."""

    url: str
    caption: str | None
    page: str | None
    license: str | None
    language: str | None


def read_url_list(path: str | Path, given: GivenColumns = _NOTHING_GIVEN) -> Iterator[ImageLink]:
    """Yield a link for each row of the list at `path`, in order.

    Columns are found by the names that datasets use, or `given` (`caption`, and `url` or `image`); all others are the
    link's `meta`. A text file has an address a line; empty lines and those that begin with # are passed over. A table
    without a header is read where its first row holds an address. A row that cannot be read, or has no address, is a
    link with an `error` (bad_row, no_address or bad_address); so is what is missing of a file that is cut off
    (truncated). Memory is bounded, whatever the list's length. Raises SourceError where the file cannot be opened, or
    has no column of addresses.
    """
    path = Path(path)
    suffixes = [one.lower() for one in path.suffixes]
    suffix = suffixes[-2] if len(suffixes) > 1 and suffixes[-1] == ".gz" else suffixes[-1] if suffixes else ""
    if suffix not in LIST_SUFFIXES:
        raise SourceError(
            f"{path} is no list of addresses; expected {', '.join(LIST_SUFFIXES)}, or one of them with .gz"
        )
    if suffix == ".parquet":
        return _of_parquet(path, given)
    lines = Lines(path)
    columns: ListColumns | None = None
    if suffix == ".txt":
        records: Iterator[Line] = (Line({"url": line}) for line in map(str.strip, lines) if line and line[0] != "#")
    elif suffix in _JSON_LINES:
        records = (parsed_line(line) for line in lines if not line.isspace())
    else:
        header, every = _with_header(iter(lines))
        columns = columns_of_list(column_names(header, suffix), given, str(path)) if header else None
        records = separated_records(every, suffix)
    return _links(path, columns, records, given, lines)


def columns_of_list(names: Sequence[str], given: GivenColumns, where: str) -> ListColumns:
    """Return which of the columns `names` are used. Raises SourceError where a given one is absent, or none holds
    addresses."""
    for one in given:
        if one is not None and one not in names:
            raise SourceError(f"{where} has no column {one!r}; its columns are {', '.join(names) or 'none'}")
    url = given.url or given.image or find_column(names, URL_NAMES) or find_column(names, IMAGE_NAMES)
    if url is None:
        looked_for = ", ".join(URL_NAMES + IMAGE_NAMES[:4])
        raise SourceError(
            f"{where} has no addresses: looked for a column called {looked_for} (in any case); its columns are "
            f"{', '.join(names)[:500] or 'none'}. Name it with url_column"
        )
    others = [one for one in names if one != url]
    caption = given.caption or find_column(others, CAPTION_NAMES)
    page, license_, language = (find_column(others, known) for known in (PAGE_NAMES, LICENSE_NAMES, LANGUAGE_NAMES))
    return ListColumns(url, caption, page, license_, language)


def _links(
    path: Path, columns: ListColumns | None, records: Iterator[Line], given: GivenColumns, lines: Lines
) -> Iterator[ImageLink]:
    """Yield a link a record; without `columns` each record names its own, as objects of JSON do."""
    number = 0
    used = columns
    for number, line in enumerate(records, 1):
        key = f"{path.name}#{number}"
        if line.error is not None:
            yield failed_link(key, f"bad_row: record {number} of {path.name}: {line.error}"[:1000])
            continue
        if columns is None and (used is None or used.url not in line.record):
            used = _own_columns(line.record, given, path)
        if used is None:
            yield failed_link(key, "no_address: the row has none")
        else:
            yield _link(key, line.record, used)
    if lines.error is not None:
        yield failed_link(f"{path.name}#{number + 1}", lines.error[:1000])


def _own_columns(record: Mapping[str, object], given: GivenColumns, path: Path) -> ListColumns | None:
    names = [str(name) for name in record]
    known = GivenColumns(*(one if one in names else None for one in given))
    if given.url and not known.url:
        return None
    try:
        return columns_of_list(names, known, str(path))
    except SourceError:
        return None


def _of_parquet(path: Path, given: GivenColumns) -> Iterator[ImageLink]:
    from toolkit.sources.parquet import open_parquet, read_records

    with open_parquet(path) as file:
        columns = columns_of_list(list(file.schema_arrow.names), given, str(path))
        for number, record in read_records(file, 0):
            key = f"{path.name}#{number + 1}"
            yield failed_link(key, record[:1000]) if isinstance(record, str) else _link(key, record, columns)


def _with_header(lines: Iterator[str]) -> tuple[str, Iterator[str]]:
    """Return the header of a table and all its lines. Where the first line holds an address, the header is made for it:
    url, caption, column_3, ..."""
    header = next(lines, "")
    delimiter = "\t" if "\t" in header else ","
    try:
        fields = next(csv.reader([header], delimiter=delimiter), [])
    except csv.Error:
        fields = []
    at = next((place for place, text in enumerate(fields) if _ADDRESS.match(text)), None)
    if at is None:
        return header, chain([header], lines)
    names = {at: "url", int(at == 0): "caption"}
    made = delimiter.join(names.get(place, f"column_{place + 1}") for place in range(len(fields))) + "\n"
    return made, chain([made, header], lines)


def _link(key: str, record: Mapping[str, object], columns: ListColumns) -> ImageLink:
    written = plain_text_of(record.get(columns.url))
    caption = plain_text_of(record.get(columns.caption)) if columns.caption else None
    page, license_, language = (
        plain_text_of(record.get(name)) if name else None for name in (columns.page, columns.license, columns.language)
    )
    meta = {name: value for name, value in record.items() if name not in columns}
    url = absolute(None, written) if written else None
    error = None
    if url is None:
        said = f"bad_address: {written[:200]!r} is no http(s) address" if written else "no_address: the row has none"
        error = plain_text_of(said)
    source = "list" if caption else ""
    return ImageLink(
        url or "",
        caption or "",
        source,
        page or None,
        license=license_,
        language=language,
        key=key,
        meta=meta,
        error=error,
    )
