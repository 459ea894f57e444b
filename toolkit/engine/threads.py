"""How many threads torch computes with: workers share the cores, and the last bit of a sum may depend on it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_NAME = "OMP_NUM_THREADS"


def usable_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def share_of_cores(workers: int) -> int:
    """Return the threads of each of `workers` here: what OMP_NUM_THREADS says, else its share of the cores."""
    said = os.environ.get(_NAME, "").partition(",")[0]
    return int(said) if said.isdigit() and int(said) else max(1, usable_cores() // workers)


def limit_threads(threads: int) -> None:
    """Let torch compute with `threads` in this process, at most one a core, whether it is loaded already or comes
    later."""
    threads = min(threads, usable_cores())
    os.environ[_NAME] = str(threads)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(threads)


@contextmanager
def computing_with(threads: int | None) -> Iterator[None]:
    """Compute with `threads` until the block ends; None changes nothing."""
    if threads is None:
        yield
        return
    before, loaded = os.environ.get(_NAME), sys.modules.get("torch")
    count = share_of_cores(1) if loaded is None else loaded.get_num_threads()
    limit_threads(threads)
    try:
        yield
    finally:
        limit_threads(count)
        if before is None:
            del os.environ[_NAME]
        else:
            os.environ[_NAME] = before
