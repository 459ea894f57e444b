"""Which run folders a dashboard may open: those that it was started with, and no other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from toolkit.errors import TainError
from toolkit.store import RunFolder, open_run

DEFAULT_ROOT = Path("runs")
DEPTH = 3


class Listed(NamedTuple):
    """A run folder by the name that pages show.

    `tables` are those it holds, `unfinished` the stages that were not completed; `problem` says why it cannot be read
    at all, None where it can.
    """

    name: str
    path: Path
    stages: tuple[str, ...] = ()
    unfinished: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    problem: str | None = None

    @property
    def run(self) -> RunFolder:
        """The run folder itself."""
        return RunFolder(self.path)

    @property
    def version(self) -> int:
        """When run.json last changed, in nanoseconds: cached figures are of that moment."""
        file = self.path / "run.json"
        return file.stat().st_mtime_ns if file.is_file() else 0


def discover(roots: Sequence[str | Path]) -> dict[str, Listed]:
    """Return the runs that are `roots` or lie at most three folders below them, by name, in order.

    Without roots it looks in `runs`. A damaged run is listed with its problem; a link out of a root is not followed.
    """
    found: dict[Path, Listed] = {}
    names: set[str] = set()
    for root in [Path(one).resolve() for one in roots] or [DEFAULT_ROOT.resolve()]:
        for path in _run_folders(root):
            if path not in found:
                name = _unused(path.relative_to(root.parent).as_posix(), names)
                names.add(name)
                found[path] = _listed(name, path)
    return {one.name: one for one in found.values()}


def _run_folders(root: Path) -> list[Path]:
    patterns = ["/".join([*["*"] * depth, "run.json"]) for depth in range(DEPTH + 1)]
    folders = [file.parent for pattern in patterns for file in sorted(root.glob(pattern))]
    return [one for one in folders if one.resolve().is_relative_to(root)]


def _unused(name: str, taken: set[str]) -> str:
    number, candidate = 2, name
    while candidate in taken:
        number, candidate = number + 1, f"{name} ({number})"
    return candidate


def _listed(name: str, path: Path) -> Listed:
    try:
        run = open_run(path)
        stages = run.stages
        unfinished = tuple(stage for stage, entry in stages.items() if not entry["finished"])
        return Listed(name, path, tuple(stages), unfinished, tuple(run.tables()))
    except (TainError, OSError, KeyError, TypeError, AttributeError) as error:
        return Listed(name, path, problem=f"{type(error).__name__}: {error}")
