"""Pictures of an earlier run that are asked for again: the same request is the same picture, painted once."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from toolkit.generate.plan import Asked
from toolkit.generate.requests import canonical_json
from toolkit.store import RunFolder
from toolkit.versions import installed_versions


def known_samples(earlier: RunFolder, asked: Sequence[Asked]) -> list[dict[str, Any]]:
    """Return the rows of the samples of `earlier` that `asked` asks for, of pictures that are there and were painted by
    the library versions of today."""
    wanted = {request.request_id for _, request in asked}
    holder = earlier.find("samples")
    if holder is None:
        return []
    rows = holder.read("samples")
    today = pc.equal(rows["versions"], canonical_json(installed_versions()))
    rows = rows.filter(pc.and_(pc.is_null(rows["error"]), today))
    return [
        row
        for row in rows.to_pylist()
        if row["request_id"] in wanted and row["image_path"] and (holder.path / row["image_path"]).is_file()
    ]


def take_pictures(earlier: RunFolder, run: RunFolder, rows: Sequence[dict[str, Any]]) -> None:
    """Put the pictures that `rows` of `earlier` name into `run`, at the same paths: as another name of the same file
    where the disk can, else as a copy."""
    holder = earlier.find("samples") or earlier
    for row in rows:
        source, target = holder.path / str(row["image_path"]), run.path / str(row["image_path"])
        target.parent.mkdir(parents=True, exist_ok=True)
        _link(source, target)


def _link(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:  # another disk, or one that knows no links
        shutil.copyfile(source, target)
