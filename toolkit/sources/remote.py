"""Files of an object store (`s3://`, `gs://`), read by Arrow's file systems, with what sources ask of a path.

Credentials and region are those of the environment or the usual files (AWS_ACCESS_KEY_ID, AWS_DEFAULT_REGION, ...);
AWS_ENDPOINT_URL names another server of S3 than Amazon's, and STORAGE_EMULATOR_HOST one of Google Cloud Storage, which
is asked without credentials, as Google's own clients do.
"""

from __future__ import annotations

import io
import os
import re
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, TypeAlias
from urllib.parse import unquote, urlsplit

from toolkit.errors import SourceError
from toolkit.seeds import stable_hash

_REMOTE = re.compile(r"(s3|gs)://", re.IGNORECASE)
_SERVERS = {"s3": "AWS_ENDPOINT_URL", "gs": "STORAGE_EMULATOR_HOST"}  # the variables that name other servers
_PATIENCE = timedelta(minutes=1)  # with a store of Google that does not answer; Arrow has fifteen
_AT_ONCE = 4 << 20  # bytes asked for in one request, where a file is read from its beginning to its end


@dataclass(frozen=True, order=True)
class RemotePath:
    """A file or folder at `address`, with the part of `pathlib.Path` that sources use."""

    address: str

    @property
    def name(self) -> str:
        """The last part of the address."""
        return self.address.rstrip("/").rpartition("/")[2]

    @property
    def suffix(self) -> str:
        """What the name ends with, from its last dot on."""
        return Path(self.name).suffix

    @property
    def parent(self) -> RemotePath:
        """The folder that it is in."""
        return RemotePath(self.address.rstrip("/").rpartition("/")[0])

    def absolute(self) -> RemotePath:
        """Return it as it is."""
        return self

    def open(self, mode: str = "rb", **text: Any) -> IO[Any]:
        """Return the open file. Raises OSError where it cannot be had."""
        raw = open_remote(self.address)
        stream = io.BufferedReader(raw, _AT_ONCE)
        return stream if "b" in mode else io.TextIOWrapper(stream, **text)

    def __str__(self) -> str:
        return self.address


AnyPath: TypeAlias = Path | RemotePath


def is_remote(address: str) -> bool:
    """Return whether `address` is one of an object store."""
    return _REMOTE.match(address) is not None


def any_path(address: str | Path) -> AnyPath:
    """Return the path that `address` names, also as `file://`. Raises SourceError for a file:// of another machine."""
    text = str(address)
    if is_remote(text):
        return RemotePath(text.rstrip("/"))
    if not text.lower().startswith("file://"):
        return Path(address)
    parts = urlsplit(text)
    if parts.netloc not in ("", "localhost"):
        raise SourceError(f"{text} names the machine {parts.netloc!r}; expected file:///FOLDER/FILE of this one")
    return Path(unquote(parts.path))


def open_remote(address: str) -> Any:
    """Return the open file of Arrow at `address`, which reads the stretches that are asked for, and only those. Raises
    OSError where it cannot be had."""
    system, place = _found(address)
    return system.open_input_file(place)


def files_under(path: RemotePath) -> list[RemotePath]:
    """Return the file at `path`, else all files under it whose names begin with no dot, sorted; none where there is
    nothing. Raises SourceError where the store does not answer."""
    return [one for one, _ in _listed(path)]


def fingerprint(path: RemotePath) -> str:
    """Return a hash of the names, sizes and times of all files at `path`: how a run knows it again without reading it.
    Raises SourceError where the store does not answer."""
    return stable_hash(*(part for one, told in _listed(path) for part in (one.address, told)))


def _listed(path: RemotePath) -> list[tuple[RemotePath, str]]:
    from pyarrow.fs import FileSelector, FileType

    try:
        system, place = _found(path.address)
        own = system.get_file_info(place)
        infos = [own] if own.type == FileType.File else []
        if own.type == FileType.Directory:
            infos = [one for one in system.get_file_info(FileSelector(place, recursive=True)) if one.is_file]
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error}); check the address and the credentials") from error
    scheme = path.address.partition("://")[0]
    visible = sorted((one for one in infos if not one.base_name.startswith(".")), key=lambda one: str(one.path))
    return [(RemotePath(f"{scheme}://{one.path}"), f"{one.size} {one.mtime_ns}") for one in visible]


def _found(address: str) -> tuple[Any, str]:
    """Return the file system of `address`, and what the place is called there."""
    scheme, _, place = address.partition("://")
    return _file_system(scheme.lower(), os.environ.get(_SERVERS[scheme.lower()])), place


@lru_cache
def _file_system(scheme: str, endpoint: str | None) -> Any:
    from pyarrow import fs

    if scheme == "s3":
        return fs.S3FileSystem(endpoint_override=endpoint)
    if endpoint is None:
        return fs.GcsFileSystem(retry_time_limit=_PATIENCE)
    protocol, _, host = endpoint.rpartition("://")
    return fs.GcsFileSystem(
        anonymous=True, scheme=protocol or "http", endpoint_override=host, retry_time_limit=_PATIENCE
    )
