"""The records of WARC and WAT files by warcio, also of damaged ones: what is lost is told, the rest is given."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from toolkit.errors import SourceError
from toolkit.sources.web.archive_stretches import RECORD_MARK, Stretch

_BLOCK = 1 << 16


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
        stretch = Stretch(file)
        while stretch.begin():
            for record in _of_stretch(stretch, kinds, limit):
                number += 1
                if record is not None:
                    yield record._replace(number=number)
        if number == 0:
            yield _failed("bad_archive: it holds no record")


def _of_stretch(stretch: Stretch, kinds: frozenset[str], limit: int) -> Iterator[ArchiveRecord | None]:
    """Yield the records of one stretch, None for those of other types."""
    loader, failures = _loader()
    is_cut = False
    while True:
        line = _first_line(stretch)
        if not line:
            break
        if not line.startswith(RECORD_MARK):
            yield _failed(f"damaged: a record was expected, found {line[:40]!r}")
            stretch.skip()
            break
        try:
            record = loader.parse_record_stream(stretch, line, "warc")
            found = _read(record, kinds, limit)
        except failures as error:
            if stretch.failure is None:
                yield _failed(f"damaged: {' '.join(str(error).split())[:300] or type(error).__name__}")
            stretch.skip()
            break
        is_cut = found is not None and found.error is not None
        yield found
    if stretch.failure is not None and not is_cut:
        yield _failed(f"truncated: {stretch.failure[:300]}")


def _first_line(stretch: Stretch) -> bytes:
    line = b"\n"
    while line and not line.strip():
        stretch.begin_head()
        line = stretch.readline()
    return line


def _read(record: Any, kinds: frozenset[str], limit: int) -> ArchiveRecord | None:
    kind = record.rec_type or ""
    stream = record.raw_stream
    if record.length is None:
        raise ValueError("a record without Content-Length")
    wanted = kind in kinds
    payload = _up_to(_unchunked(record, limit), limit) if wanted else b""
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


def _unchunked(record: Any, limit: int) -> Any:
    http = record.http_headers
    if http is None or (http.get_header("transfer-encoding") or "").strip().lower() != "chunked":
        return record.raw_stream
    from warcio.bufferedreaders import ChunkedDataReader
    from warcio.limitreader import LimitReader

    return ChunkedDataReader(LimitReader(record.raw_stream, 2 * limit))  # it reads a chunk as one


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
