"""What a program takes: seconds, and seconds of processors of it and of all that it starts."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from time import perf_counter, sleep
from typing import NamedTuple

import psutil

_EVERY = 0.05  # seconds between two looks: what a process does after the last one is not seen


class Spent(NamedTuple):
    """`seconds` from start to end, and those of processors, `processor`."""

    seconds: float
    processor: float


def spend(command: Sequence[str | Path], folder: Path | None = None) -> Spent:
    """Run `command` and return what it took. Raises CalledProcessError."""
    began = perf_counter()
    child = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    family, used = psutil.Process(child.pid), dict[int, float]()
    while child.poll() is None:
        with suppress(psutil.Error):  # one that has just ended
            for one in (family, *family.children(recursive=True)):
                times = one.cpu_times()
                used[one.pid] = times.user + times.system
        sleep(_EVERY)
    seconds = perf_counter() - began
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, list(map(str, command)))
    return Spent(seconds, sum(used.values()))
