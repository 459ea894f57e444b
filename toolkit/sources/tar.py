"""WebDataset tars: consecutive members that share a stem are one pair. Nothing is ever extracted."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from toolkit.errors import SourceError
from toolkit.images import Limits
from toolkit.sources.columns import GivenColumns
from toolkit.sources.picture_bytes import tar_address
from toolkit.sources.records import Picture, RecordReader, addressable
from toolkit.sources.rows import BatchedRows, PairRow
from toolkit.sources.sidecars import (
    CAPTION_SUFFIXES,
    MOST_TEXT,
    PICTURE_SUFFIXES,
    columns_of_sidecars,
    record_of_sidecars,
)

# "folder/000001.jpg" -> stem "folder/000001", suffix "jpg", as the WebDataset format defines it
_MEMBER = re.compile(r"(?P<stem>(?:.*/)?[^./][^./]*|\.[^/]*)\.(?P<suffix>[^/]*)", re.DOTALL)
_BLOCK = 512


class Member(NamedTuple):
    """One member of a tar: its stem and lower-case suffix, and the header that says where its bytes are."""

    stem: str
    suffix: str
    info: tarfile.TarInfo


@dataclass(frozen=True)
class TarSource(BatchedRows):
    """The pairs of the WebDataset tars `files`, in order."""

    name: str
    files: tuple[Path, ...]
    given: GivenColumns

    def describe(self) -> str:
        """Return one line on the form."""
        return f"{self.name}: {len(self.files)} WebDataset tar"

    def listed(self, skip: int = 0) -> Iterator[PairRow]:
        """Yield one row a group of members; `skip` reads headers only."""
        reader = RecordReader(self.name, columns_of_sidecars(self.given.caption), Path())
        for place, path in enumerate(self.files):
            prefix = path.name if len(self.files) == 1 else f"{place}/{path.name}"
            with open_tar(path) as archive:
                walk = _Walk(archive)
                for number, group in enumerate(walk.groups()):
                    if skip:
                        skip -= 1
                    else:
                        yield self._row(reader, path, archive, f"{prefix}#{number}:{group[0].stem}", group)
                if walk.damage is not None:
                    yield reader.failed(f"{prefix}#end", f"truncated: {path.name} is damaged: {walk.damage}")

    def _row(
        self, reader: RecordReader, path: Path, archive: tarfile.TarFile, key: str, group: list[Member]
    ) -> PairRow:
        unsafe = next((why for member in group if (why := _why_unsafe(member.info))), None)
        if unsafe is not None:
            return reader.failed(key, f"unsafe_member: {group[0].info.name[:200]!r} {unsafe}")
        try:
            texts = {
                member.suffix: _read(archive, member.info, MOST_TEXT)
                for member in group
                if member.suffix in (*CAPTION_SUFFIXES, "json")
            }
            picture = self._picture(path, archive, group)
        except (tarfile.TarError, OSError, EOFError) as error:
            return reader.failed(key, f"truncated: {group[0].info.name[:200]!r}: {error}")
        return reader.read(key, {"key": group[0].stem, **record_of_sidecars(texts)}, picture)

    def _picture(self, path: Path, archive: tarfile.TarFile, group: list[Member]) -> Picture:
        wanted = self.given.image
        member = next((one for one in group if one.suffix.rsplit(".", 1)[-1] in PICTURE_SUFFIXES), None)
        if wanted is not None:
            member = next((one for one in group if one.suffix == wanted), None)
        if member is None:
            suffixes = ", ".join(one.suffix for one in group)
            return Picture(None, error=f"no_picture: the members of {group[0].stem[:200]!r} are {suffixes}")
        info, limit = member.info, Limits().max_bytes
        if info.size > limit:
            return Picture(None, error=f"too_many_bytes: {info.size} bytes; the limit is {limit}")
        name = addressable(path)
        # Only the bytes of an uncompressed, unsparse member lie in the file as they are.
        if name is None or not _is_plain(archive) or info.sparse is not None:
            return Picture(_read(archive, info, limit))
        return Picture(None, tar_address(Path(name), info.offset_data, info.size, _printable(info.name)))


def open_tars(name: str, files: list[Path], given: GivenColumns) -> TarSource:
    """Return the source over the tars `files`. Raises SourceError where one is none or the first has no pair."""
    for path in files:
        open_tar(path).close()
    source = TarSource(name, tuple(files), given)
    if next(source.rows(), None) is None:
        raise SourceError(f"{files[0]} holds no files; expected pictures with a .txt or .json of the same stem")
    return source


def open_tar(path: Path) -> tarfile.TarFile:
    """Return the open tar at `path`, compressed or not. Raises SourceError where it is none."""
    try:
        return tarfile.open(path, "r:*", errors="surrogateescape")
    except (tarfile.TarError, OSError, EOFError) as error:
        raise SourceError(f"{path} is not a readable tar ({error})") from error


class _Walk:
    """One pass over the members of a tar; afterwards `damage` says how it ended, None for well."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self.archive = archive
        self.damage: str | None = None

    def groups(self) -> Iterator[list[Member]]:
        """Yield the members that follow one another and share a stem."""
        group: list[Member] = []
        for member in self._members():
            if group and (member.stem != group[0].stem or any(one.suffix == member.suffix for one in group)):
                yield group
                group = []
            group.append(member)
        if group:
            yield group

    def _members(self) -> Iterator[Member]:
        while True:
            try:
                info = self.archive.next()
            except (tarfile.TarError, OSError, EOFError) as error:
                self.damage = str(error)
                return
            if info is None:
                self.damage = self._bytes_left()
                return
            # tarfile keeps every header it has seen; a tar may hold millions
            self.archive.members.clear()  # type: ignore[attr-defined]
            if info.isdir() or PurePosixPath(info.name).name.startswith("."):
                continue
            match = _MEMBER.fullmatch(info.name)
            stem, suffix = (match["stem"], match["suffix"].lower()) if match else (info.name, "")
            yield Member(stem, suffix, info)

    def _bytes_left(self) -> str | None:
        """Say where tarfile stopped before the end: it takes a damaged header for the end of the archive."""
        stream: Any = self.archive.fileobj
        try:
            stream.seek(self.archive.offset)
            rest = stream.read(_BLOCK)
        except (OSError, EOFError) as error:
            return str(error)
        return f"no member begins at byte {self.archive.offset}" if any(rest) else None


def _why_unsafe(info: tarfile.TarInfo) -> str | None:
    if info.islnk() or info.issym():
        return f"is a link to {info.linkname[:200]!r}; only regular files are read"
    if not info.isreg():
        return "is not a regular file"
    name = PurePosixPath(info.name.replace("\\", "/"))
    if name.is_absolute() or ".." in name.parts or re.match(r"[A-Za-z]:", info.name):
        return "leads out of the archive"
    return None


def _read(archive: tarfile.TarFile, info: tarfile.TarInfo, limit: int) -> bytes:
    if info.size > limit:
        raise tarfile.ReadError(f"{info.size} bytes; the limit is {limit}")
    stream = archive.extractfile(info)
    data = b"" if stream is None else stream.read()
    if len(data) < info.size:
        raise tarfile.ReadError(f"ends {info.size - len(data)} bytes early")
    return data


def _is_plain(archive: tarfile.TarFile) -> bool:
    """Return whether the tar is uncompressed, so that offsets in it are offsets in the file."""
    return type(archive.fileobj).__name__ in ("BufferedReader", "_io.BufferedReader")


def _printable(name: str) -> str:
    return name.encode("utf-8", "replace").decode("utf-8")
