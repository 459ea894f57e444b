"""The body of an answer, as far as the limit lets it: of bytes as sent, and of bytes unpacked."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Protocol

import brotli
from aiohttp import ClientResponse

from toolkit.sources.web.failures import FetchFailure

ENCODINGS = "gzip, deflate, br"
LONGEST_OPENING = 16
_GZIP = b"\x1f\x8b\x08"
_MOST_MEMBERS = 1000  # each costs a copy of the rest
Opening = Callable[[bytes], None]


class Unpacker(Protocol):
    """Undoes a content encoding, piece by piece."""

    def unpack(self, data: bytes, most: int) -> bytes:
        """Return what `data` unpacks to, a little more than `most` bytes at the most. Raises ValueError if damaged."""
        ...

    def is_whole(self) -> bool:
        """Return whether the end of the encoded body has come."""
        ...


class _Zlib:
    """gzip, of one member or several (RFC 1952, 2.2), and deflate with its header or without, as servers send both."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._inner: zlib._Decompress | None = None
        self._members = 1
        self._behind = b""

    def unpack(self, data: bytes, most: int) -> bytes:
        if self._inner is None:
            raw = self._encoding == "deflate" and data[:1] and data[0] & 15 != 8
            self._inner = zlib.decompressobj(31 if self._encoding == "gzip" else -15 if raw else 15)
        pieces: list[bytes] = []
        size = 0
        try:
            while data and size <= most and self._members < _MOST_MEMBERS:
                if self._inner.eof:
                    data = self._begin(data)
                    continue
                pieces.append(self._inner.decompress(data, most + 1 - size))
                size += len(pieces[-1])
                data = self._inner.unused_data
        except zlib.error as error:
            raise ValueError(str(error)) from error
        return b"".join(pieces)

    def _begin(self, data: bytes) -> bytes:
        """Begin another member of gzip where `data`, with what was kept, is one, and return it; what else follows the
        end is nobody's."""
        data = self._behind + data
        if self._encoding == "gzip" and data.startswith(_GZIP):
            self._inner, self._behind = zlib.decompressobj(31), b""
            self._members += 1
            return data
        self._behind = data[: len(_GZIP)]
        return b""

    def is_whole(self) -> bool:
        return self._inner is not None and self._inner.eof


class _Brotli:
    def __init__(self) -> None:
        self._inner = brotli.Decompressor()

    def unpack(self, data: bytes, most: int) -> bytes:
        if self._inner.is_finished():
            return b""
        try:
            pieces = [self._inner.process(data, output_buffer_limit=most + 1)]
            while sum(map(len, pieces)) <= most and not self._inner.can_accept_more_data():
                pieces.append(self._inner.process(b"", output_buffer_limit=most + 1))
        except brotli.error as error:
            raise ValueError(str(error)) from error
        return b"".join(pieces)

    def is_whole(self) -> bool:
        return bool(self._inner.is_finished())


def unpacker_of(encoding: str) -> Unpacker | None:
    """Return what undoes the content `encoding`; None where there is nothing to undo, or a word that says nothing.

    Raises FetchFailure (bad_answer) for a body that is packed twice, or in a way that nobody asked for.
    """
    names = [one for one in (part.strip().lower() for part in encoding.split(",")) if one not in ("", "identity")]
    if not names:
        return None
    if len(names) == 1 and names[0] in ("gzip", "x-gzip", "deflate"):
        return _Zlib("deflate" if names[0] == "deflate" else "gzip")
    if names == ["br"]:
        return _Brotli()
    if len(names) > 1 or names[0] in ("zstd", "compress", "x-compress"):
        raise FetchFailure("bad_answer", f"the content encoding is {encoding[:80]!r}; expected one of {ENCODINGS}")
    return None


async def read_body(response: ClientResponse, most: int, opening: Opening | None = None) -> bytes:
    """Return the body of `response`, unpacked: at most `most` bytes, as sent and unpacked.

    `opening` is shown its first bytes, 16 if there are as many, and may raise before the rest is read. What the
    headers say of the length is believed only where it is over the limit. Raises FetchFailure (too_large, truncated,
    bad_answer), and what aiohttp raises.
    """
    unpacker = unpacker_of(response.headers.get("Content-Encoding", ""))
    stated = response.headers.get("Content-Length", "")
    if stated.isascii() and stated.isdigit() and int(stated[:18]) > most:
        raise _too_large(most)
    pieces: list[bytes] = []
    size = sent = 0
    while piece := await response.content.readany():
        sent += len(piece)
        if unpacker is not None:
            try:
                piece = unpacker.unpack(piece, most - size)
            except ValueError as error:
                raise FetchFailure("bad_answer", f"the body is not what its encoding says: {error}") from error
        size += len(piece)
        if max(size, sent) > most:
            raise _too_large(most)
        pieces.append(piece)
        if opening is not None and size >= LONGEST_OPENING:
            opening(b"".join(pieces)[:LONGEST_OPENING])
            opening = None
    if unpacker is not None and sent and not unpacker.is_whole():
        raise FetchFailure("truncated", f"the packed body ended after {sent} bytes")
    data = b"".join(pieces)
    if opening is not None:
        opening(data)
    return data


async def read_start(response: ClientResponse, most: int) -> bytes:
    """Return the first `most` bytes of the body of `response`, unpacked; the rest is not read. Raises FetchFailure
    (bad_answer), and what aiohttp raises."""
    unpacker = unpacker_of(response.headers.get("Content-Encoding", ""))
    pieces: list[bytes] = []
    size = 0
    while size < most and (piece := await response.content.readany()):
        if unpacker is not None:
            try:
                piece = unpacker.unpack(piece, most - size)
            except ValueError as error:
                raise FetchFailure("bad_answer", f"the body is not what its encoding says: {error}") from error
        size += len(piece)
        pieces.append(piece)
    return b"".join(pieces)[:most]


def _too_large(most: int) -> FetchFailure:
    return FetchFailure("too_large", f"more than {most} bytes")
