"""The members of a tar, one after another, in bounded memory and whatever the tar claims; nothing is ever extracted."""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import tarfile
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import IO, Any, NamedTuple

from toolkit.errors import SourceError
from toolkit.sources.remote import AnyPath, RemotePath

# "folder/000001.jpg" -> stem "folder/000001", suffix "jpg", as the WebDataset format defines it
_MEMBER = re.compile(r"(?P<stem>(?:.*/)?[^./][^./]*|\.[^/]*)\.(?P<suffix>[^/]*)", re.DOTALL)
_BLOCK = 512
MOST_HEADER = 1 << 20  # bytes that all headers of one member may take: names, pax records
_OPENERS: tuple[tuple[bytes, Callable[[Any], Any]], ...] = (
    (b"\x1f\x8b", gzip.open),
    (b"BZh", bz2.open),
    (b"\xfd7zXZ\x00", lzma.open),
)


class Member(NamedTuple):
    """One member: its `name`, stem and lower-case suffix, where its bytes lie in the unpacked tar, and why it is not
    read, None for a regular file whose name stays inside."""

    name: str
    stem: str
    suffix: str
    offset: int
    size: int
    unsafe: str | None


class Tar:
    """An open tar. `compressed` says whether its bytes lie elsewhere in the file than in the tar.

    After `members` has ended, `damage` says how: None for well. Use as a context manager.
    """

    def __init__(self, path: AnyPath) -> None:
        self.damage: str | None = None
        file, self.compressed = _open_stream(path)
        self._stream = _Metered(file)
        try:
            self._archive = tarfile.TarFile(
                fileobj=self._stream,  # type: ignore[arg-type]  # it only reads, seeks and tells
                errors="surrogateescape",
            )
        except Exception as error:  # hostile bytes make tarfile and decompressors raise nearly anything
            file.close()
            raise SourceError(f"{path} is not a readable tar ({_what(error)})") from error

    def __enter__(self) -> Tar:
        return self

    def __exit__(self, *ended: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._archive.close()
        self._stream.file.close()

    def members(self) -> Iterator[Member]:
        """Yield every member but folders and hidden files (a name that begins with a dot), in order."""
        end = 0
        while True:
            self._stream.left = MOST_HEADER
            try:
                info = self._archive.next()
            except Exception as error:  # as above; RecursionError for a thousand headers of headers
                self.damage = _what(error)
                return
            if info is None:
                self.damage = self._how_it_ends()
                return
            if info.size < 0 or self._archive.offset <= end:  # it would lead back, and round for ever
                self.damage = f"the member after byte {end} claims {info.size} bytes"
                return
            end = self._archive.offset
            # tarfile keeps every header it has seen, and what global headers say; a tar may hold millions
            self._archive.members.clear()  # type: ignore[attr-defined]
            self._archive.pax_headers = {}
            member = _member(info)
            if not info.isdir() and (member.unsafe or not PurePosixPath(info.name).name.startswith(".")):
                yield member

    def read(self, member: Member) -> bytes:
        """Return the bytes of `member`, which the caller has found small enough. Raises SourceError where they end
        early or cannot be unpacked."""
        try:
            self._stream.seek(member.offset)
            data = self._stream.file.read(member.size)
        except Exception as error:  # as above
            raise SourceError(_what(error)) from error
        if len(data) < member.size:
            raise SourceError(f"ends {member.size - len(data)} bytes early")
        return data

    def _how_it_ends(self) -> str | None:
        """Return what stands where tarfile stopped: it takes a damaged header, or a cut, for the end of the archive."""
        place = self._archive.offset
        try:
            self._stream.seek(place)
            rest = self._stream.file.read(_BLOCK)
        except Exception as error:  # as above
            return _what(error)
        if any(rest):
            return f"no member begins at byte {place}"
        return None if len(rest) == _BLOCK else f"it ends at byte {place + len(rest)} with no mark of its end"


class _Metered:
    """A stream that gives at most `left` bytes more: what headers claim must not fill the memory."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.left = MOST_HEADER

    def read(self, size: int) -> bytes:
        if not 0 <= size <= self.left:
            raise tarfile.ReadError(f"headers of one member claim over {MOST_HEADER} bytes")
        self.left -= size
        return self.file.read(size)

    def seek(self, offset: int) -> int:
        return self.file.seek(offset)

    def tell(self) -> int:
        return self.file.tell()


def _open_stream(path: AnyPath) -> tuple[IO[bytes], bool]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise SourceError(f"{path} is not a readable tar ({error})") from error
    start = file.read(6)
    for magic, opener in _OPENERS:
        if start.startswith(magic):
            if isinstance(path, RemotePath):
                file.seek(0)
                return opener(file), True
            file.close()
            return opener(path), True
    file.seek(0)
    return file, False


def _what(error: Exception) -> str:
    return (
        str(error) if isinstance(error, (tarfile.TarError, OSError, EOFError)) else f"{type(error).__name__}: {error}"
    )


def _member(info: tarfile.TarInfo) -> Member:
    match = _MEMBER.fullmatch(info.name)
    stem, suffix = (match["stem"], match["suffix"].lower()) if match else (info.name, "")
    return Member(info.name, stem, suffix, info.offset_data, info.size, _why_unsafe(info))


def _why_unsafe(info: tarfile.TarInfo) -> str | None:
    kinds = (
        (info.islnk() or info.issym(), f"is a link to {info.linkname[:200]!r}"),
        (info.isfifo(), "is a pipe"),
        (info.isdev(), "is a device"),
        (info.issparse(), "is a sparse file"),
        (not info.isreg() and not info.isdir(), f"is of the unknown type {info.type!r}"),
    )
    kind = next((words for found, words in kinds if found), None)
    if kind is not None:
        return f"{kind}; only regular files are read"
    name = PurePosixPath(info.name.replace("\\", "/"))
    if name.is_absolute() or ".." in name.parts or re.match(r"[A-Za-z]:", info.name):
        return "leads out of the archive"
    return None
