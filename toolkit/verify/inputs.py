"""Inputs of a run against the hashes that it recorded of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from toolkit.path_hashes import hash_path
from toolkit.store import RunFolder
from toolkit.verify.problem import Problem


class Away(NamedTuple):
    """An input that is not where it was: nothing is wrong with the run, and nothing can be said of the input."""

    path: str


def check_inputs(run: RunFolder) -> Iterator[Problem | Away]:
    """Yield the inputs that are not as the run read them, and those that are not where they were."""
    for stage, entry in run.stages.items():
        for one in entry["inputs"]:
            path = (run.path / one["path"]).resolve()
            if not path.exists():
                yield Away(one["path"])
            elif _hash(path) != one["hash"]:
                found = f"stage {stage} read other bytes there than it holds now"
                yield Problem("differs", one["path"], found, f"make the run again, or give back what {stage} read")


def _hash(path: Path) -> str:
    return RunFolder(path).content_hash() if (path / "run.json").is_file() else hash_path(path)
