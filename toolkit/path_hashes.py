"""One hash of a file, or of a folder by the names and sizes in it: how a run knows its inputs again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class HashedPath(NamedTuple):
    """A file or folder, and what `hash_path` says of it."""

    path: Path
    hash: str


def hash_file(path: Path) -> str:
    """Return the blake2b-128 hash of a file's bytes, 32 hex digits, a megabyte in memory. Raises OSError."""
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def hash_path(path: Path) -> str:
    """Return a blake2b-128 hash of a file's bytes, or of the names and sizes of all files under a folder."""
    if path.is_file():
        return hash_file(path)
    digest = hashlib.blake2b(digest_size=16)
    total = 0  # whatever their order: a million names need not be in memory
    for name, size in _sizes_under(str(path)):
        one = hashlib.blake2b(f"{name}\0{size}".encode("utf-8", "surrogateescape"), digest_size=16)
        total += int.from_bytes(one.digest(), "little")
    digest.update(total.to_bytes(32, "little"))
    return digest.hexdigest()


def _sizes_under(folder: str, prefix: str = "") -> Iterator[tuple[str, int]]:
    """Yield the relative name and size of every file under `folder`; links to folders are not followed."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _sizes_under(entry.path, f"{prefix}{entry.name}/")
            elif entry.is_file():
                yield f"{prefix}{entry.name}", entry.stat().st_size
