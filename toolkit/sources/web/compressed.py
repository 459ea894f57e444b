"""Compressed bytes of the web, unpacked no further than to a limit."""

from __future__ import annotations

import zlib
from typing import NamedTuple

_MOST_MEMBERS = 1000


class Unpacked(NamedTuple):
    """Bytes as far as they could be unpacked, and what was wrong with the rest, None where nothing was."""

    data: bytes
    error: str | None = None


def unpacked(data: bytes, encoding: str, limit: int) -> Unpacked:
    """Return `data` without its content encodings (gzip, deflate, br; several by commas), at most `limit` bytes of it.

    Never raises: what is damaged, cut off or longer gives what there is, with an `error`.
    """
    error = None
    for name in reversed([one.strip().lower() for one in encoding.split(",")]):
        if name in ("gzip", "x-gzip"):
            data, error = _gunzipped(data, limit)
        elif name == "deflate":
            data, error = _inflated(data, limit)
        elif name == "br":
            data, error = _unbrotlied(data, limit)
        elif name not in ("", "identity"):
            return Unpacked(b"", f"unknown content encoding {name[:40]!r}")
        if error is not None:
            break
    return Unpacked(data[:limit], error)


def is_gzip(data: bytes) -> bool:
    """Return whether `data` begins as a gzip file does."""
    return data[:3] == b"\x1f\x8b\x08"


def _gunzipped(data: bytes, limit: int) -> Unpacked:
    parts: list[bytes] = []
    room = limit
    for _ in range(_MOST_MEMBERS):  # each costs a copy of what is left
        unzip = zlib.decompressobj(31)
        try:
            parts.append(unzip.decompress(data, room) if room > 0 else b"")
        except zlib.error as error:
            return Unpacked(b"".join(parts), None if parts else str(error))  # garbage behind a member is usual
        room -= len(parts[-1])
        if not unzip.eof:
            return Unpacked(b"".join(parts), f"more than {limit} bytes" if room <= 0 else "cut off")
        data = unzip.unused_data
        if not data:
            return Unpacked(b"".join(parts))
    return Unpacked(b"".join(parts), f"more than {_MOST_MEMBERS} members")


def _inflated(data: bytes, limit: int) -> Unpacked:
    for bits in (15, -15):  # zlib's form, as the standard says, and the bare one that some servers send
        unzip = zlib.decompressobj(bits)
        try:
            found = unzip.decompress(data, limit)
        except zlib.error as error:
            said = str(error)
            continue
        return Unpacked(found, None if unzip.eof else f"more than {limit} bytes or cut off")
    return Unpacked(b"", said)


def _unbrotlied(data: bytes, limit: int) -> Unpacked:
    try:
        import brotli
    except ImportError:
        return Unpacked(b"", "brotli is not installed; pip install 'tain[web]'")
    unpack = brotli.Decompressor()
    parts: list[bytes] = []
    size = 0
    try:
        while size < limit and not unpack.is_finished():
            part = unpack.process(data, output_buffer_limit=limit - size)
            parts.append(part)
            size += len(part)
            if not part and unpack.can_accept_more_data():
                return Unpacked(b"".join(parts), "cut off")
            data = b""
    except brotli.error as error:
        return Unpacked(b"".join(parts), str(error))
    return Unpacked(b"".join(parts), None if unpack.is_finished() else f"more than {limit} bytes")
