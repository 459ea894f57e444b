"""Rows of a source as the pairs table: content hashes and picture headers added, pixels left alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import pyarrow as pa

from toolkit import schema
from toolkit.errors import PictureError
from toolkit.images import Header, Limits, read_header
from toolkit.seeds import content_hash
from toolkit.sources.rows import PairRow


class ReadPairs(NamedTuple):
    """A validated `pairs` table, and the header of each row's picture, None where it could not be read."""

    table: pa.Table
    headers: list[Header | None]


def to_pairs_table(rows: Iterable[PairRow], limits: Limits = Limits()) -> pa.Table:
    """Return `rows`, their pictures read, as a validated `pairs` table, one row each in the same order.

    Width, height and format come from the picture's header; where that fails the row's `error` says why as
    `class: detail`. Bytes are kept only where `image_path` is None. Raises SchemaError where two rows share an id.
    """
    return read_pairs(rows, limits).table


def read_pairs(rows: Iterable[PairRow], limits: Limits = Limits()) -> ReadPairs:
    """Return what `to_pairs_table` does, and the headers with it; the bytes of one picture at a time are needed."""
    headers: list[Header | None] = []
    columns: dict[str, list[object]] = {name: [] for name in schema.table_schema("pairs").schema.names}
    add = [values.append for values in columns.values()]
    for row in rows:
        header, error = _header(row, limits)
        headers.append(header)
        pair = (
            row.sample_id,
            None if row.data is None else content_hash(row.data),
            row.caption,
            {"bytes": None if row.image_path else row.data, "path": row.image_path},
            row.url,
            row.source,
            row.license,
            *((None, None, None) if header is None else (header.width, header.height, header.format)),
            row.error or error,
            row.meta,
        )
        for append, value in zip(add, pair, strict=True):
            append(value)
    return ReadPairs(schema.from_columns("pairs", columns), headers)


def _header(row: PairRow, limits: Limits) -> tuple[Header | None, str | None]:
    if row.data is None:
        return None, "no_picture: the source gave none"
    try:
        return read_header(row.data, limits), None
    except PictureError as error:
        return None, str(error)
