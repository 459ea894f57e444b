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
from toolkit.sources.columns import Columns
from toolkit.sources.meta import encode_meta, text_of
from toolkit.sources.picture_bytes import read_picture
from toolkit.sources.rows import PairRow, sample_id_of

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
    name only its own files.
    """

    name: str
    columns: Columns
    base: Path
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
        caption = text_of(record.get(columns.caption))
        url = text_of(record.get(columns.url)).text if columns.url else None
        value = record.get(columns.image) if columns.image else None
        if isinstance(value, str) and _ADDRESS.match(value):
            url, value = url or text_of(value).text, None
        picture = picture or self._picture(value, url)
        rest = {column: one for column, one in record.items() if column not in self.used}
        if isinstance(record.get(columns.caption), (list, tuple)):
            rest[columns.caption] = record[columns.caption]
        if caption.replaced:
            rest["caption_surrogates_replaced"] = True
        return PairRow(
            sample_id=sample_id_of(self.name, key),
            caption=caption.text,
            data=picture.data,
            image_path=picture.path,
            url=url,
            source=(text_of(record.get(columns.source)).text if columns.source else None) or self.name,
            license=text_of(record.get(columns.license)).text if columns.license else None,
            error=picture.error,
            meta=encode_meta(rest),
        )

    def failed(self, key: str, error: str) -> PairRow:
        """Return the row `key` of a record that could not be read at all; `error` is `class: detail`."""
        return PairRow(sample_id_of(self.name, key), None, None, None, None, self.name, None, text_of(error).text, "{}")

    def _picture(self, value: object, url: str | None) -> Picture:
        image = image_struct(value)
        if image["bytes"] is None and image["path"] is None:
            return Picture(None, error=ONLY_AN_ADDRESS if url else "no_picture: the row names none")
        try:
            if image["bytes"] is None and self.confined and not self._is_inside(str(image["path"])):
                raise PictureError("outside", f"{str(image['path'])[:200]!r} leads out of the folder of its metadata")
            address = self._address(image)
            return Picture(None if address else read_picture(image, self.base), address)
        except PictureError as error:
            return Picture(None, error=text_of(str(error)).text)

    def _is_inside(self, path: str) -> bool:
        # By its words alone: the caches of dataset hubs link every file to a folder elsewhere.
        if ".." not in path and not os.path.isabs(path):
            return True
        base = os.path.normpath(self.folder)
        return os.path.normpath(os.path.join(base, path)).startswith(os.path.join(base, ""))

    def _address(self, image: Mapping[str, object]) -> str | None:
        if image["bytes"] is not None:
            return None
        text = text_of(os.path.join(self.folder, str(image["path"])))
        return None if text.replaced else text.text


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


def addressable(path: Path) -> str | None:
    """Return `path` as absolute text that Arrow can hold; None for a name that is not Unicode."""
    text = text_of(str(path.absolute()))
    return None if text.replaced else text.text
