"""One command, measured from outside: wall clock, the memory of all its processes, when its first output was there."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import psutil

_POLL_SECONDS = 0.1


class Measured(NamedTuple):
    """`failure` is None, or how the command ended and the last it said; memory is the sum of all its processes."""

    seconds: float
    peak_rss_mib: float
    first_output_seconds: float | None
    failure: str | None


def measure(
    command: Sequence[str | Path],
    *,
    log: Path,
    cores: int,
    timeout: float,
    outputs: tuple[Path, str] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Measured:
    """Run `command` on `cores` cores and return what it cost. `outputs`: the folder and pattern of what it writes."""
    log.parent.mkdir(parents=True, exist_ok=True)
    allowed = sorted(os.sched_getaffinity(0))[:cores]
    peak = 0
    with log.open("wb") as said:
        started_at, started = time.time(), time.perf_counter()
        process = subprocess.Popen(
            [str(part) for part in command],
            stdout=said,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environ or {})},
            start_new_session=True,
            preexec_fn=lambda: os.sched_setaffinity(0, allowed),
        )
        late = False
        while True:
            try:
                process.wait(_POLL_SECONDS)
                break
            except subprocess.TimeoutExpired:
                peak = max(peak, _tree_rss(process.pid))
            if time.perf_counter() - started > timeout:
                late = True
                os.killpg(process.pid, signal.SIGKILL)
        seconds = time.perf_counter() - started
    failure = f"stopped after {timeout:.0f} s" if late else _failure(process.returncode, log)
    return Measured(seconds, peak / 2**20, _first(outputs, started_at), failure)


def _tree_rss(pid: int) -> int:
    """Return the resident bytes of a process and all below it, as far as they are still there."""
    try:
        top = psutil.Process(pid)
        tree = [top, *top.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    total = 0
    for one in tree:
        try:
            total += one.memory_info().rss
        except psutil.NoSuchProcess:
            continue  # it ended between the listing and the look
    return total


def _failure(returncode: int, log: Path) -> str | None:
    if returncode == 0:
        return None
    lines = [line for line in log.read_text("utf-8", errors="replace").splitlines() if line.strip()]
    return f"ended with code {returncode}: {lines[-1].strip()[:300] if lines else 'it said nothing'}"


def _first(outputs: tuple[Path, str] | None, started_at: float) -> float | None:
    """Return when the earliest of `outputs` was last written, in seconds after the start."""
    if outputs is None:
        return None
    times = [path.stat().st_mtime for path in outputs[0].glob(outputs[1])]
    return max(0.0, min(times) - started_at) if times else None
