"""Commands as processes of their own that are killed at a moment of choice, and what their runs then hold."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from toolkit.store import RunFolder

COMMAND = (sys.executable, "-m", "pipelines.cli")
TIMELY = ("seconds", "versions", "batch_shape")


def killed(words: Sequence[str], wait: float, folder: Path | None = None) -> bool:
    """Run a command, in `folder`; kill -9 it after `wait` seconds.

    Return whether it was killed; else it must have ended well.
    """
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=folder) as process:
        try:
            _, said = process.communicate(timeout=wait)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            return True
    assert process.returncode == 0, said
    return False


def content(run: RunFolder) -> str:
    """Return a hash of what the tables say, without seconds and library versions, which tell of the machine."""
    told = []
    for table in run.tables():
        rows = run.read(table).to_pylist()
        for row in rows:
            for key in TIMELY:
                row.pop(key, None)
        told.append((table, sorted(json.dumps(row, default=str, sort_keys=True) for row in rows)))
    return hashlib.blake2b(json.dumps(told).encode()).hexdigest()
