"""A finished audit, as what comes after it reads it: the rows of its measures table."""

from __future__ import annotations

from pathlib import Path

from toolkit.audit.measuring.rows import Row
from toolkit.errors import RunError
from toolkit.store import RunFolder, open_run

AUDIT = "audit"


def open_audit(path: str | Path) -> RunFolder:
    """Return the run folder at `path`. Raises RunError where it is none, or holds no finished audit."""
    run = open_run(path)
    if not run.stages.get(AUDIT, {}).get("finished") or not run.has("measures"):
        raise RunError(f"{path} holds no finished audit; give the folder that `tain audit` wrote with --out")
    return run


def measured(run: RunFolder) -> list[Row]:
    """Return the rows of the measures table of `run`, in key order."""
    rows: list[Row] = run.read("measures").to_pylist()
    return rows
