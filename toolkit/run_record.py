"""`run.json` of a run folder, read and checked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from toolkit.errors import RunError

FORMAT = 1


def read_record(path: Path) -> dict[str, Any]:
    """Return run.json of the run at `path`. Raises RunError where it is none, is damaged, or of another format."""
    file = path / "run.json"
    if not path.is_dir():
        raise RunError(f"{path} is not a folder; give the folder that a tain command wrote with --out")
    if not file.is_file():
        raise RunError(
            f"{path} has no run.json, so it is not a run folder; give the folder that a tain command wrote with --out"
        )
    try:
        record: dict[str, Any] = json.loads(file.read_text("utf-8"))
        found = record["format"]
        if found == FORMAT:
            _check_stages(record["stages"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunError(
            f"{file} is damaged ({type(error).__name__}: {error}); copy the run again, or make it again"
        ) from error
    if found != FORMAT:
        raise RunError(
            f"{path} is a run folder of format {found}; this version reads format {FORMAT}. "
            "Use the version of tain that wrote it, or make the run again"
        )
    return record


def _check_stages(stages: Any) -> None:
    """Raise KeyError, TypeError or AttributeError where `stages` is not what `RunFolder.stage` writes."""
    for stage in stages.values():
        for one in stage["inputs"]:
            if not isinstance(one["path"], str):
                raise TypeError(f"the path of an input is {one['path']!r}")
