"""Opening the picture that a row names: bytes in the row, a file, or a stretch of a tar.

`image.path` is a file's path, or `TAR::OFFSET+SIZE::MEMBER`: the picture is the SIZE bytes from OFFSET of that tar,
so that one picture of a million is read without a search. Files may be those of an object store: `s3://BUCKET/FILE`.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from toolkit.errors import PictureError
from toolkit.images import Limits
from toolkit.sources.remote import is_remote, open_remote

# A pipe is opened without waiting for somebody to write into it, and found to be no file.
_READING = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
_IN_TAR = re.compile(r"(?P<tar>.+)::(?P<offset>\d{1,15})\+(?P<size>\d{1,15})::.*", re.DOTALL)


def read_picture(image: Mapping[str, object] | None, base: str | Path = ".", limits: Limits = Limits()) -> bytes:
    """Return the bytes of the picture in `image`, a struct of `bytes` and `path`; paths are relative to `base`.

    Raises PictureError (no_picture, missing, unreadable, too_many_bytes); nothing is decoded.
    """
    image = image or {}
    data = image.get("bytes")
    if isinstance(data, (bytes, bytearray)):
        if len(data) > limits.max_bytes:
            raise PictureError("too_many_bytes", f"{len(data)} bytes; the limit is {limits.max_bytes}")
        return bytes(data)
    path = image.get("path")
    if not isinstance(path, str) or not path:
        raise PictureError("no_picture", "the row has neither bytes nor a path")
    return read_address(path if is_remote(path) else os.path.join(base, path), limits)


def read_address(path: str, limits: Limits = Limits()) -> bytes:
    """Return the bytes of the picture in the file or stretch of a tar that `path` names; nothing is decoded.

    Raises PictureError (missing, unreadable, truncated, too_many_bytes).
    """
    inside = _IN_TAR.fullmatch(path) if "::" in path else None
    if inside is None:
        return _read_stretch(path, 0, None, limits)
    return _read_stretch(inside["tar"], int(inside["offset"]), int(inside["size"]), limits)


def tar_address(tar: Path | str, offset: int, size: int, member: str) -> str:
    """Return the `image.path` of the `size` bytes from `offset` of `tar`, which hold `member`."""
    return f"{tar}::{offset}+{size}::{member}"


def file_name(path: str | None, url: str | None) -> str:
    """Return the last part of a picture's `path` (or tar member), else of its `url`; "" where it has neither."""
    if path:
        return path.replace("::", "/").rpartition("/")[2]
    return urlsplit(url).path.rpartition("/")[2] if url else ""


def read_file(path: Path, limits: Limits = Limits()) -> bytes:
    """Return the bytes of the regular file at `path`. Raises PictureError (missing, unreadable, too_many_bytes)."""
    return _read_stretch(str(path), 0, None, limits)


def _read_remote(address: str, offset: int, size: int | None, limits: Limits) -> bytes:
    """Return a stretch of a file of an object store. Raises PictureError as `_read_stretch` does."""
    name = address.rpartition("/")[2]
    try:
        with open_remote(address) as file:
            size = file.size() if size is None else size
            if size > limits.max_bytes:
                raise PictureError("too_many_bytes", f"{size} bytes; the limit is {limits.max_bytes}")
            data: bytes = file.read_at(size, offset)
    except FileNotFoundError as error:
        raise PictureError("missing", f"no file {name!r} in {address.rpartition('/')[0]}") from error
    except (OSError, ValueError) as error:
        raise PictureError("unreadable", f"{name[:200]!r}: {type(error).__name__}") from error
    if len(data) < size:
        raise PictureError("truncated", f"{name!r} ends {size - len(data)} bytes early")
    return data


def _read_stretch(path: str, offset: int, size: int | None, limits: Limits) -> bytes:
    if is_remote(path):
        return _read_remote(path, offset, size, limits)
    try:
        descriptor = os.open(path, _READING)
        try:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):  # a pipe or a device would never end
                raise PictureError("unreadable", f"{os.path.basename(path)!r} is not a regular file")
            size = found.st_size if size is None else size
            if size > limits.max_bytes:
                raise PictureError("too_many_bytes", f"{size} bytes; the limit is {limits.max_bytes}")
            data = _read_all(descriptor, offset, size)
        finally:
            os.close(descriptor)
    except FileNotFoundError as error:
        raise PictureError("missing", f"no file {os.path.basename(path)!r} in {os.path.dirname(path)}") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise PictureError("unreadable", f"{os.path.basename(path)[:200]!r}: {type(error).__name__}") from error
    if len(data) < size:
        raise PictureError("truncated", f"{os.path.basename(path)!r} ends {size - len(data)} bytes early")
    return data


def _read_all(descriptor: int, offset: int, size: int) -> bytes:
    """Return `size` bytes from `offset`, or as many as there are: one read may give fewer than it was asked for."""
    if offset:
        os.lseek(descriptor, offset, os.SEEK_SET)
    data = os.read(descriptor, size)
    while len(data) < size and (more := os.read(descriptor, size - len(data))):
        data += more
    return data
