"""Small pictures for pages, made once and kept in the user's cache folder, outside every run."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from toolkit.errors import PictureError
from toolkit.report.pictures import data_uri, pair_pictures, sample_pictures, thumbnail
from toolkit.seeds import stable_hash
from toolkit.store import RunFolder, write_atomically

SIDE = 112


def cache_folder() -> Path:
    """Return the folder of thumbnails: `tain/thumbnails` in $XDG_CACHE_HOME, or in ~/.cache."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "tain" / "thumbnails"


def thumbnail_uris(run: RunFolder, version: int, kind: str, names: Sequence[str]) -> dict[str, str]:
    """Return a `data:` URI for each picture of `kind` (sample or pair) among `names` that can be shown.

    `version` is that of run.json: a run that was made anew is read anew.
    """
    files = {name: _file(run, version, kind, name) for name in names}
    missing = [name for name, file in files.items() if not file.is_file()]
    read = sample_pictures if kind == "sample" else pair_pictures
    found = {name: file.read_bytes() for name, file in files.items() if file.is_file()}
    for name, data in (read(run, missing) if missing else {}).items():
        try:
            found[name] = thumbnail(data, SIDE)
        except PictureError:
            continue
        _keep(files[name], found[name])
    return {name: data_uri(webp) for name, webp in found.items()}


def _file(run: RunFolder, version: int, kind: str, name: str) -> Path:
    key = stable_hash(str(run.path.resolve()), version, kind, name, SIDE)
    return cache_folder() / key[:2] / f"{key}.webp"


def _keep(file: Path, webp: bytes) -> None:
    try:
        write_atomically(file, webp)
    except OSError:  # a read-only home: the picture is shown all the same, and made again next time
        return
