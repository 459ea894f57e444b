"""Rows of a source as the pairs table: content hashes and picture headers added, pixels left alone.

A row is a place in lists here, one list a column: Arrow wants it so, and an object a row would cost more than its file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import pyarrow as pa

from toolkit import schema
from toolkit.errors import PictureError
from toolkit.images import Header, Limits, read_header
from toolkit.seeds import content_hash
from toolkit.sources.meta import plain_text_of
from toolkit.sources.picture_bytes import read_address
from toolkit.sources.rows import PairRow

_NOWHERE = "no_picture: the source gave none"


@dataclass
class ReadRows:
    """Rows whose pictures were looked at: lists with one entry a row, as in `PairRow`; `data` are the pictures that are
    kept in hand. Entries of `content_ids` are None without a picture, those of `headers` where it cannot be read, and
    then `errors` say why."""

    sample_ids: list[str]
    captions: list[str | None]
    data: list[bytes | None]
    image_paths: list[str | None]
    urls: list[str | None]
    sources: list[str]
    licenses: list[str | None]
    errors: list[str | None]
    metas: list[str]
    content_ids: list[str | None] = field(default_factory=list)
    headers: list[Header | None] = field(default_factory=list)

    def picture(self, row: int) -> bytes:
        """Return the picture of `row`, read again if it is not in hand. Raises PictureError where there is none."""
        data, path = self.data[row], self.image_paths[row]
        if data is not None:
            return data
        if path is not None:
            return read_address(path)
        kind, _, detail = (self.errors[row] or _NOWHERE).partition(": ")
        raise PictureError(kind, detail)

    def table(self) -> pa.Table:
        """Return the validated `pairs` table; bytes only of pictures that are at no path. Raises SchemaError where two
        rows share an id."""
        carried = [None if path else data for data, path in zip(self.data, self.image_paths, strict=True)]
        image = pa.array(carried, pa.binary()), pa.array(self.image_paths, pa.string())
        columns = {
            "sample_id": self.sample_ids,
            "content_id": self.content_ids,
            "caption": self.captions,
            "image": pa.StructArray.from_arrays(image, fields=list(schema.IMAGE)),
            "url": self.urls,
            "source": self.sources,
            "license": self.licenses,
            "width": [None if one is None else one.width for one in self.headers],
            "height": [None if one is None else one.height for one in self.headers],
            "format": [None if one is None else one.format for one in self.headers],
            "error": self.errors,
            "meta": self.metas,
        }
        return schema.from_columns("pairs", columns)


def read_rows(rows: Iterable[PairRow], limits: Limits = Limits(), *, in_hand: float = float("inf")) -> ReadRows:
    """Return `rows` with their pictures hashed and their headers read; the first `in_hand` bytes of them are kept."""
    given = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in PairRow._fields]
    read = ReadRows(*given)
    for place, (data, path, error) in enumerate(zip(read.data, read.image_paths, read.errors, strict=True)):
        if data is None and path is not None and error is None:
            try:
                data = read_address(path)
            except PictureError as failure:
                error, read.image_paths[place] = plain_text_of(str(failure)), None
        header = content_id = None
        if data is None:
            error = error or _NOWHERE
        else:
            in_hand -= len(data)
            if in_hand >= 0:
                read.data[place] = data
            content_id = content_hash(data)
            try:
                header = read_header(data, limits)
            except PictureError as failure:
                error = error or str(failure)
        read.content_ids.append(content_id)
        read.headers.append(header)
        read.errors[place] = error
    return read


def to_pairs_table(rows: Iterable[PairRow], limits: Limits = Limits()) -> pa.Table:
    """Return `rows` as a validated `pairs` table, one row each in the same order.

    Width, height and format come from the picture's header; where that fails the row's `error` says why as
    `class: detail`. Bytes are kept only where `image_path` is None. Raises SchemaError where two rows share an id.
    """
    return read_rows(rows, limits).table()
