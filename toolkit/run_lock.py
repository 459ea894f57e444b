"""One writer a run: a lock on `RUN/.lock` that the system gives back when its process ends, however it ends."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from toolkit.errors import RunError

FILE = ".lock"


class Lock:
    """Says that this process is the one that writes the run at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path


@contextmanager
def locked(run: Path) -> Iterator[Lock]:
    """Yield while no other process may write `run`. Raises RunError where another one does, saying which.

    On file systems without locks nothing is held.
    """
    try:
        handle = os.open(run / FILE, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise RunError(f"{run} cannot be written ({error.strerror}); give a folder that can") from error
    try:
        _take(run, handle)
        yield Lock(run)
    finally:
        os.close(handle)  # gives the lock back


def _take(run: Path, handle: int) -> None:
    try:
        import fcntl
    except ImportError:  # not on Windows
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise RunError(
            f"{run} is being written by {_holder(handle)}; wait until it has ended, or stop it and --resume"
        ) from None
    except OSError:  # a file system without locks
        return
    who = {"process": os.getpid(), "host": socket.gethostname(), "since": datetime.now(UTC).isoformat("T", "seconds")}
    os.ftruncate(handle, 0)
    os.pwrite(handle, json.dumps(who).encode(), 0)


def _holder(handle: int) -> str:
    try:
        who = json.loads(os.pread(handle, 1024, 0))
        return f"process {who['process']} on {who['host']}, since {who['since']}"
    except (ValueError, KeyError, TypeError):
        return "another process"
