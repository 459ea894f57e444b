"""Writing the `imagefolder` layout: OUT/metadata.jsonl, one JSON object a line, beside OUT/images/."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from toolkit.errors import SourceError
from toolkit.store import in_the_way, whole_folder


class Entry(NamedTuple):
    """One pair to write: `file_name` relative to OUT, the picture's bytes, and the other columns of its line."""

    file_name: str
    data: bytes
    columns: Mapping[str, object]


def check_free(out: Path) -> None:
    """Raise SourceError where `out` is a file or a folder that holds anything."""
    if in_the_way(out):
        raise SourceError(f"{out} is in the way; choose another --out, or remove it first")


def write_imagefolder(out: Path, entries: Iterable[Entry]) -> Path:
    """Write `entries` in their order and return `out`, which appears only once all of them are written.

    Raises SourceError where something is in the way at `out`.
    """
    check_free(out)
    with (
        whole_folder(out) as beside,
        (beside / "metadata.jsonl").open("w", encoding="utf-8", newline="\n") as lines,
    ):
        for entry in entries:
            path = beside / entry.file_name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(entry.data)
            line = {"file_name": entry.file_name, **entry.columns}
            lines.write(json.dumps(line, ensure_ascii=False) + "\n")
    return out
