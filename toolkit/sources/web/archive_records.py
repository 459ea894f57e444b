"""The records of WARC and WAT files by warcio, also of damaged ones: what is lost is told, the rest is given."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

from toolkit.errors import SourceError

_BLOCK = 1 << 16
_MAGIC = b"\x1f\x8b\x08"
_MARK = b"WARC/1."
_LONGEST_LINE = 1 << 20
_LONGEST_HEAD = 4 << 20


class ArchiveRecord(NamedTuple):
    """One record: its number in the archive, its type ("response", "metadata", ...), the address that it is about, its
    content type, the HTTP status and headers (names in lower case) where it has them, and its payload up to a limit.
    `error` says, as `class: detail`, what is wrong with it, or with the archive at its place."""

    number: int
    kind: str
    url: str | None
    content_type: str
    status: int
    headers: dict[str, str]
    payload: bytes
    error: str | None = None


def records_of(path: Path, kinds: frozenset[str], limit: int) -> Iterator[ArchiveRecord]:
    """Yield the records of the types `kinds` in the archive at `path`, in order, plain or gzipped, at most `limit`
    bytes of each payload; and where something cannot be read a record of the type "" with an `error`.

    Behind a damaged record it goes on with the next that begins. Raises SourceError where the file cannot be opened, or
    warcio is not installed.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror}); check that you may read it") from error
    with file:
        number = 0
        member = _Member(file)
        while member.begin():
            for record in _of_member(member, kinds, limit):
                number += 1
                if record is not None:
                    yield record._replace(number=number)
        if number == 0:
            yield _failed("bad_archive: it holds no record")


class _Member:
    """One stretch of records in a file: a member of gzip, unpacked, or all of a plain file from one record on.

    What is read comes in lines of at most 1 MiB and never raises: `error` says why it ended early.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._ahead = b""  # read from the file, but not yet unpacked
        self._ready = b""  # unpacked, but not yet read
        self._unzip: Any = None
        self._ended = False
        self._is_first = True
        self._room = _LONGEST_HEAD
        self._is_after_damage = False
        self._gave = False
        self.error: str | None = None

    @property
    def failure(self) -> str | None:
        """Why the stretch ended early; None where it did not, or where it was none: what looked like the beginning of a
        member within a damaged one."""
        return None if self._is_after_damage and not self._gave else self.error

    def begin(self) -> bool:
        """Go on to the next stretch, past what is damaged; False at the end of the file."""
        mark = self._mark() if self._is_first else _MAGIC if self._unzip is not None else _MARK
        if self._unzip is None:
            self._ahead, self._ready = self._ready + self._ahead, b""
        if not self._find(mark):
            return False
        self._is_after_damage = self.error is not None
        self._is_first, self._ended, self._gave, self.error, self._ready = False, False, False, None, b""
        self._unzip = zlib.decompressobj(31) if mark == _MAGIC else None
        return True

    def begin_head(self) -> None:
        """Let the lines of one record's headers be read, 4 MiB of them at most."""
        self._room = _LONGEST_HEAD

    def skip(self) -> None:
        """Give up this stretch: of a plain file what has been read, of a gzipped one the member."""
        self._ended = True

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, at most `size`, b"" at the end of the stretch."""
        if not self._ready:
            self._fill()
        size = len(self._ready) if size is None or size < 0 else size
        part, self._ready = self._ready[:size], self._ready[size:]
        return part

    def tell(self) -> int:
        """Return 0: warcio asks where a record without a length begins, and such a record is refused."""
        return 0

    def readline(self, size: int = -1) -> bytes:
        """Return the next line with its end, cut at 1 MiB; b"" where headers take no end."""
        size = _LONGEST_LINE if size is None or size < 0 else min(size, _LONGEST_LINE)
        size = min(size, self._room)
        parts: list[bytes] = []
        while size > 0:
            if not self._ready:
                self._fill()
            end = self._ready.find(b"\n", 0, size)
            part = self.read(min(size, len(self._ready)) if end < 0 else end + 1)
            if not part:
                break
            parts.append(part)
            size -= len(part)
            self._room -= len(part)
            if end >= 0:
                break
        return b"".join(parts)

    def _mark(self) -> bytes:
        self._ahead = self._file.read(_BLOCK)
        return _MAGIC if self._ahead.startswith(_MAGIC) else _MARK

    def _find(self, mark: bytes) -> bool:
        """Pass over what stands before the next `mark`."""
        while True:
            at = self._ahead.find(mark)
            if at >= 0:
                self._ahead = self._ahead[at:]
                return bool(self._ahead)
            more = self._file.read(_BLOCK)
            if not more:
                return False
            self._ahead = self._ahead[max(0, len(self._ahead) - len(mark) + 1) :] + more

    def _fill(self) -> None:
        while not self._ready and not self._ended:
            data = self._ahead or self._file.read(_BLOCK)
            self._ahead = b""
            if self._unzip is None:
                self._ready, self._ended = data, not data
                return
            try:
                self._ready = self._unzip.decompress(data, _BLOCK * 4)
            except zlib.error as error:
                # on from behind the magic of this member: a next one may begin in what was read
                self._ahead, self._ended, self.error = data[1:] if data[:3] == _MAGIC else data, True, str(error)
                return
            self._gave = self._gave or bool(self._ready)
            if self._unzip.eof:
                self._ahead, self._ended = self._unzip.unused_data, True
            elif not data and not self._ready:
                self._ended, self.error = True, "the archive ends within a record"
            else:
                self._ahead = self._unzip.unconsumed_tail


def _of_member(member: _Member, kinds: frozenset[str], limit: int) -> Iterator[ArchiveRecord | None]:
    """Yield the records of one stretch, None for those of other types."""
    loader, failures = _loader()
    is_cut = False
    while True:
        line = _first_line(member)
        if not line:
            break
        if not line.startswith(_MARK):
            yield _failed(f"damaged: a record was expected, found {line[:40]!r}")
            member.skip()
            break
        try:
            record = loader.parse_record_stream(member, line, "warc")
            found = _read(record, kinds, limit)
        except failures as error:
            if member.failure is None:
                yield _failed(f"damaged: {' '.join(str(error).split())[:300] or type(error).__name__}")
            member.skip()
            break
        is_cut = found is not None and found.error is not None
        yield found
    if member.failure is not None and not is_cut:
        yield _failed(f"truncated: {member.failure[:300]}")


def _first_line(member: _Member) -> bytes:
    line = b"\n"
    while line and not line.strip():
        member.begin_head()
        line = member.readline()
    return line


def _read(record: Any, kinds: frozenset[str], limit: int) -> ArchiveRecord | None:
    kind = record.rec_type or ""
    stream = record.raw_stream
    if record.length is None:
        raise ValueError("a record without Content-Length")
    wanted = kind in kinds
    payload = _up_to(_unchunked(record), limit) if wanted else b""
    while stream.limit > 0 and stream.read(min(stream.limit, _BLOCK)):
        pass
    if not wanted and stream.limit <= 0:
        return None
    http = record.http_headers
    status = http.get_statuscode() if http is not None else ""
    error = f"truncated: {stream.limit} bytes of the record are missing" if stream.limit > 0 else None
    return ArchiveRecord(
        0, kind if wanted else "", record.rec_headers.get_header("WARC-Target-URI"), record.content_type or "",
        int(status) if status and status.isdigit() and len(status) == 3 else 0, _headers(http), payload, error,
    )  # fmt: skip


def _unchunked(record: Any) -> Any:
    http = record.http_headers
    if http is None or (http.get_header("transfer-encoding") or "").strip().lower() != "chunked":
        return record.raw_stream
    from warcio.bufferedreaders import ChunkedDataReader

    return ChunkedDataReader(record.raw_stream)


def _up_to(stream: Any, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while size < limit:
        part = stream.read(min(limit - size, _BLOCK))
        if not part:
            break
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def _headers(http: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in http.headers if http is not None else ():
        lowered = name.lower()
        found[lowered] = f"{found[lowered]}\n{value}" if lowered in found else value
    return found


def _failed(error: str) -> ArchiveRecord:
    return ArchiveRecord(0, "", None, "", 0, {}, b"", error)


def _loader() -> tuple[Any, tuple[type[Exception], ...]]:
    try:
        from warcio.exceptions import ArchiveLoadFailed
        from warcio.recordloader import ArcWarcRecordLoader
        from warcio.statusandheaders import StatusAndHeadersParserException
    except ImportError as error:
        raise SourceError("reading WARC and WAT files needs warcio; pip install 'tain[web]'") from error
    failures = (ArchiveLoadFailed, StatusAndHeadersParserException, ValueError, EOFError, AttributeError)
    return ArcWarcRecordLoader(verify_http=False, arc2warc=False), failures
