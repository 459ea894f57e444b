"""Hashes of the files of a run, noted as they are written: `RUN/hashes.jsonl`, a line a file, the last one counts.

Several processes may write one run: each line is appended at once, and a kill spoils at most the last one.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import NamedTuple

FILE = "hashes.jsonl"


class Noted(NamedTuple):
    """What a file of a run was when it was written: its blake2b-128 hash and its size in bytes."""

    hash: str
    size: int


def hash_of(data: bytes) -> str:
    """Return the blake2b-128 hash of `data`, 32 hex digits."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def note_written(run: Path, name: str, data: bytes) -> None:
    """Note that the file `name` of `run` is to hold `data`. Raises OSError where it cannot be noted."""
    _append(run, {"name": name, "hash": hash_of(data), "size": len(data)})


def note_removed(run: Path, name: str) -> None:
    """Note that the file `name` of `run` is no more."""
    _append(run, {"name": name, "hash": None, "size": 0})


def noted(run: Path) -> dict[str, Noted]:
    """Return what is noted of the files of `run` that should be there, by name; a line cut short by a kill is passed
    over."""
    found: dict[str, Noted] = {}
    try:
        lines = (run / FILE).read_bytes().split(b"\n")
    except FileNotFoundError:
        return found
    for line in lines:
        try:
            one = json.loads(line)
            name, digest, size = str(one["name"]), one["hash"], int(one["size"])
        except (ValueError, KeyError, TypeError):
            continue
        if digest is None:
            found.pop(name, None)
        else:
            found[name] = Noted(str(digest), size)
    return found


def _append(run: Path, line: dict[str, object]) -> None:
    # A line that a kill or a full disk cut short has no end: a new one begins after it, not within it.
    data = b"\n" + json.dumps(line).encode() + b"\n"
    handle = os.open(run / FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    try:
        if os.write(handle, data) != len(data):
            raise OSError(f"{run / FILE} could not be written to its end; make room on the disk")
    finally:
        os.close(handle)
