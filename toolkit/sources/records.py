"""One record of named values to one row: the caption, the picture behind its column, and all the rest as `meta`."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from toolkit.errors import PictureError
from toolkit.seeds import framed, hash_after
from toolkit.sources.columns import Columns
from toolkit.sources.meta import encode_meta, plain_text_of, text_of
from toolkit.sources.picture_bytes import read_picture
from toolkit.sources.remote import AnyPath, RemotePath
from toolkit.sources.rows import PairRow

ONLY_AN_ADDRESS = "not_downloaded: the row has only an address, and nothing here downloads"
_ADDRESS = re.compile(r"(https?|ftp|s3|gs)://", re.IGNORECASE)


class Picture(NamedTuple):
    """One picture: where its bytes stay readable, else the bytes themselves, or the error that says why not."""

    data: bytes | None
    path: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class RecordReader:
    """Turns records into rows of the source `name`. File names are relative to `base`.

    With `confined` a file name that leads out of `base` is an error of that row: data that people pass on should
    name only its own files. A table in an object store is always so.
    """

    name: str
    columns: Columns
    base: AnyPath
    confined: bool = False

    @cached_property
    def used(self) -> frozenset[str]:
        """The names of the columns that have a place of their own."""
        return self.columns.used

    @cached_property
    def folder(self) -> str:
        """`base` as an absolute path."""
        return str(self.base.absolute())

    def read(self, key: str, record: Mapping[str, object], picture: Picture | None = None) -> PairRow:
        """Return the row `key` made of `record`; `picture` where it was read already. Never raises for bad values."""
        columns = self.columns
        said = record.get(columns.caption)
        caption, replaced = text_of(said)
        url = plain_text_of(record.get(columns.url)) if columns.url else None
        value = record.get(columns.image) if columns.image else None
        if isinstance(value, str) and "://" in value and _ADDRESS.match(value):
            url, value = url or plain_text_of(value), None
        data, path, error = picture or self._picture(value, url)
        source = plain_text_of(record.get(columns.source)) if columns.source else None
        given = plain_text_of(record.get(columns.license)) if columns.license else None
        rest = {column: one for column, one in record.items() if column not in self.used}
        if isinstance(said, (list, tuple)):
            rest[columns.caption] = said
        if replaced:
            rest["caption_surrogates_replaced"] = True
        meta = encode_meta(rest) if rest else "{}"
        return PairRow(self._sample_id(key), caption, data, path, url, source or self.name, given, error, meta)

    def failed(self, key: str, error: str) -> PairRow:
        """Return the row `key` of a record that could not be read at all; `error` is `class: detail`."""
        said = plain_text_of(error)
        return PairRow(self._sample_id(key), None, None, None, None, self.name, None, said, "{}")

    def _sample_id(self, key: str) -> str:
        return hash_after(self._named, key)

    @cached_property
    def _named(self) -> bytes:
        return framed(self.name)

    @cached_property
    def _prefix(self) -> str:
        return os.path.join(self.folder, "")

    def _picture(self, value: object, url: str | None) -> Picture:
        if isinstance(value, str) and value:  # nearly always
            return self._at(value)
        image = image_struct(value)
        if image["bytes"] is not None:
            return self._read(image)
        if image["path"] is None:
            return Picture(None, error=ONLY_AN_ADDRESS if url else "no_picture: the row names none")
        return self._at(str(image["path"]))

    def _at(self, path: str) -> Picture:
        """Return the picture in the file `path`, unread where its name is text."""
        relative = _is_relative(path)
        confined = self.confined or isinstance(self.base, RemotePath)
        if confined and not (relative and ".." not in path) and not self._is_inside(path):
            error = PictureError("outside", f"{path[:200]!r} leads out of the folder of its metadata")
            return Picture(None, error=plain_text_of(str(error)))
        joined = f"{self._prefix}{path}" if relative else os.path.join(self.folder, path)
        if joined.isascii():
            return Picture(None, joined)
        address = text_of(joined)
        return self._read({"bytes": None, "path": path}) if address.replaced else Picture(None, address.text)

    def _read(self, image: Mapping[str, object]) -> Picture:
        try:
            return Picture(read_picture(image, str(self.base)))
        except PictureError as error:
            return Picture(None, error=plain_text_of(str(error)))

    def _is_inside(self, path: str) -> bool:
        # By its words alone: the caches of dataset hubs link every file to a folder elsewhere.
        base = os.path.normpath(self.folder)
        return os.path.normpath(os.path.join(base, path)).startswith(os.path.join(base, ""))


def _is_relative(path: str) -> bool:
    """Return whether `path` surely begins in whatever folder it is joined to."""
    return not path.startswith("/") if os.name == "posix" else not (os.path.isabs(path) or os.path.splitdrive(path)[0])


def image_struct(value: object) -> dict[str, bytes | str | None]:
    """Return any value of an image column as `bytes` and `path`: bytes, a path, or a struct of both."""
    if isinstance(value, str):
        return {"bytes": None, "path": value or None}
    if isinstance(value, Mapping):
        data, path = value.get("bytes"), value.get("path")
    else:
        data, path = (value, None) if isinstance(value, (bytes, bytearray, memoryview)) else (None, value)
    return {
        "bytes": bytes(data) if isinstance(data, (bytes, bytearray, memoryview)) else None,
        "path": str(path) if isinstance(path, (str, Path)) and str(path) else None,
    }


def addressable(path: AnyPath) -> str | None:
    """Return `path` as absolute text that Arrow can hold; None for a name that is not Unicode."""
    text = text_of(str(path.absolute()))
    return None if text.replaced else text.text
