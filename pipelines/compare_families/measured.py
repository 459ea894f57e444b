"""Runs a command of `tain` and notes what it cost: `python -m pipelines.compare_families.measured FILE COMMAND ...`.

In a process of its own, so that its processor time and its greatest memory are its alone.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, NamedTuple

from toolkit.errors import RunError
from toolkit.store import write_atomically


class Cost(NamedTuple):
    """What a command took: seconds of the clock and of all cores, and its greatest memory, in MiB; of a GPU 0 where
    there is none. Of several attempts the sums, and the greatest memory."""

    seconds: float
    core_seconds: float
    memory: int
    gpu_memory: int


def run_measured(command: list[str], file: Path) -> None:
    """Run `tain` with the words of `command` in a process of its own; its cost is added to `file`.

    Raises RunError where it fails; its own message is on standard error.
    """
    arguments = [sys.executable, "-m", "pipelines.compare_families.measured", str(file), *command]
    code = subprocess.run(arguments, check=False).returncode
    if code:
        raise RunError(f"tain {' '.join(command[:2])} ended with {code}, see above; mend it and go on with --resume")


def read_cost(file: Path) -> Cost:
    """Return what the attempts in `file` cost together."""
    attempts = [Cost(**one) for one in json.loads(file.read_text("utf-8"))]
    return Cost(
        round(sum(one.seconds for one in attempts), 1),
        round(sum(one.core_seconds for one in attempts), 1),
        max(one.memory for one in attempts),
        max(one.gpu_memory for one in attempts),
    )


def add_cost(file: Path, cost: Cost) -> None:
    """Write `cost` behind those in `file`."""
    before: list[Any] = json.loads(file.read_text("utf-8")) if file.is_file() else []
    write_atomically(file, json.dumps([*before, cost._asdict()], indent=1).encode() + b"\n")


def main() -> None:
    """Run the command in the words after the file, whatever it ends with."""
    from pipelines.cli import main as tain

    file, sys.argv = Path(sys.argv[1]), ["tain", *sys.argv[2:]]
    started = perf_counter()
    try:
        tain()
    finally:
        spent = perf_counter() - started
        add_cost(file, Cost(round(spent, 1), round(process_time(), 1), _memory(), _gpu_memory()))


def _memory() -> int:
    """Return the greatest resident size of this process so far, in MiB.

    Where the system tells it by itself: the usual resource count begins with the size of the process that forked.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        peak = next((line for line in status.read_text().splitlines() if line.startswith("VmHWM")), None)
        if peak is not None:
            return int(peak.split()[1]) >> 10
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> (20 if sys.platform == "darwin" else 10)


def _gpu_memory() -> int:
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return 0
    return int(torch.cuda.max_memory_allocated()) >> 20


if __name__ == "__main__":
    main()
