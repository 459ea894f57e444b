"""A folder of pictures, each with a caption in a .txt of the same stem (and, if there, more in a .json)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from toolkit.errors import PictureError, SourceError
from toolkit.sources.columns import GivenColumns
from toolkit.sources.picture_bytes import read_file
from toolkit.sources.records import Picture, RecordReader, addressable
from toolkit.sources.rows import BatchedRows, PairRow
from toolkit.sources.sidecars import CAPTION_SUFFIXES, PICTURE_SUFFIXES, columns_of_sidecars, record_of_sidecars

_KNOWN = frozenset({*PICTURE_SUFFIXES, *CAPTION_SUFFIXES, "json"})


@dataclass(frozen=True)
class FolderSource(BatchedRows):
    """Pictures under `path` and the .txt beside each; a caption without a picture is a recorded row too."""

    name: str
    path: Path
    given: GivenColumns

    def describe(self) -> str:
        """Return one line on the form."""
        return f"{self.name}: a folder of pictures with a .txt beside each"

    def listed(self, skip: int = 0) -> Iterator[PairRow]:
        """Yield one row a picture in the order of their paths; `skip` reads names only."""
        reader = RecordReader(self.name, columns_of_sidecars(self.given.caption), self.path)
        seen = 0
        for group in groups_of_files(self.path):
            pictures = [path for path in group if suffix_of(path) in PICTURE_SUFFIXES]
            texts = [path for path in group if suffix_of(path) not in PICTURE_SUFFIXES]
            if not pictures and not any(suffix_of(path) in CAPTION_SUFFIXES for path in texts):
                continue  # a .json on its own is no pair
            of_group: list[Path | None] = [*pictures] or [None]
            for picture in of_group:
                seen += 1
                if seen > skip:
                    yield self._row(reader, picture, texts)

    def _row(self, reader: RecordReader, picture: Path | None, texts: list[Path]) -> PairRow:
        key = (picture or texts[0]).relative_to(self.path).as_posix()
        contents: dict[str, bytes] = {}
        unread: dict[str, object] = {}
        for path in texts:
            try:
                contents[suffix_of(path)] = read_file(path)
            except PictureError as error:
                unread[f"{suffix_of(path)}_error"] = str(error)
        record = record_of_sidecars(contents) | unread
        if picture is None:
            return reader.read(key, record, Picture(None, error=f"no_picture: no picture beside {texts[0].name!r}"))
        try:
            address = addressable(picture)
            return reader.read(key, record, Picture(None if address else read_file(picture), address))
        except PictureError as error:
            return reader.read(key, record, Picture(None, error=str(error)))


def has_captions_beside(path: Path) -> bool:
    """Return whether any picture under `path` has a .txt or .json of its stem beside it."""
    for group in groups_of_files(path):
        suffixes = {suffix_of(one) for one in group}
        if suffixes & set(PICTURE_SUFFIXES) and suffixes & {*CAPTION_SUFFIXES, "json"}:
            return True
    return False


def groups_of_files(folder: Path) -> Iterator[list[Path]]:
    """Yield the files of each stem in each folder under `folder`, in order; memory holds one folder's names at most."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise SourceError(f"{folder} cannot be listed ({error.strerror}); check that you may read it") from error
    shown = [entry for entry in entries if not entry.name.startswith(".")]
    files = [Path(entry.path) for entry in shown if not _is_folder(entry, follow_links=True)]
    known = sorted((one for one in files if suffix_of(one) in _KNOWN), key=lambda one: (one.stem, one.name))
    for _, group in groupby(known, key=lambda one: one.stem):
        yield list(group)
    for entry in shown:
        if _is_folder(entry, follow_links=False):  # a link could lead round in a circle
            yield from groups_of_files(Path(entry.path))


def _is_folder(entry: os.DirEntry[str], *, follow_links: bool) -> bool:
    try:
        return entry.is_dir(follow_symlinks=follow_links)
    except OSError:  # a link to itself
        return False


def suffix_of(path: Path) -> str:
    """Return the suffix of `path` in lower case without its dot."""
    return path.suffix.lower().removeprefix(".")
