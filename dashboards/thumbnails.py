"""Small pictures for pages, made once and kept in the user's cache folder, outside every run."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from toolkit.errors import PictureError
from toolkit.report.pictures import blurred_thumbnail, data_uri, pair_pictures, sample_pictures, thumbnail
from toolkit.seeds import stable_hash
from toolkit.store import RunFolder, write_atomically

SIDE = 112


def cache_folder() -> Path:
    """Return the folder of thumbnails: `tain/thumbnails` in $XDG_CACHE_HOME, or in ~/.cache."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "tain" / "thumbnails"


def sample_uris(
    run: RunFolder, version: int, names: Sequence[str], *, veiled: Collection[str], revealed: Collection[str] = ()
) -> dict[str, str]:
    """Return a `data:` URI for each painted picture among `names` that can be shown; of those in `veiled` as
    `pair_uris` does.

    `version` is that of run.json: a run that was made anew is read anew.
    """
    return _unveiled(run, version, names, ("sample", sample_pictures), veiled, revealed)


def pair_uris(
    run: RunFolder, version: int, names: Sequence[str], *, veiled: Collection[str], revealed: Collection[str] = ()
) -> dict[str, str]:
    """Return a `data:` URI for each picture of the dataset among `names` that can be shown.

    Of those in `veiled` it is a blurred picture, but for those in `revealed`, which are made anew each time: no cache
    holds them.
    """
    return _unveiled(run, version, names, ("pair", pair_pictures), veiled, revealed)


Read = Callable[[RunFolder, Sequence[str]], dict[str, bytes]]


def _unveiled(
    run: RunFolder,
    version: int,
    names: Sequence[str],
    kind: tuple[str, Read],
    veiled: Collection[str],
    revealed: Collection[str],
) -> dict[str, str]:
    hidden = [name for name in names if name in veiled and name not in revealed]
    asked = [name for name in names if name in veiled and name in revealed]
    plain = [name for name in names if name not in veiled]
    of, read = kind
    return (
        _uris(run, _keys(run, version, of, plain), read, thumbnail)
        | _uris(run, _keys(run, version, f"blurred {of}", hidden), read, blurred_thumbnail)
        | _uris(run, dict.fromkeys(asked), read, thumbnail)
    )


def _keys(run: RunFolder, version: int, kind: str, names: Sequence[str]) -> dict[str, Path | None]:
    """Return the file in the cache for each of `names`."""
    keys = {name: stable_hash(str(run.path.resolve()), version, kind, name, SIDE) for name in names}
    return {name: cache_folder() / key[:2] / f"{key}.webp" for name, key in keys.items()}


def _uris(
    run: RunFolder,
    files: dict[str, Path | None],
    read: Read,
    make: Callable[[bytes, int], bytes],
) -> dict[str, str]:
    """Return what the cache has of `files`, and the rest made by `make` of what `read` gives; None: not kept."""
    found = {name: file.read_bytes() for name, file in files.items() if file is not None and file.is_file()}
    missing = [name for name in files if name not in found]
    for name, data in (read(run, missing) if missing else {}).items():
        try:
            found[name] = make(data, SIDE)
        except PictureError:
            continue
        if (file := files[name]) is not None:
            _keep(file, found[name])
    return {name: data_uri(webp) for name, webp in found.items()}


def _keep(file: Path, webp: bytes) -> None:
    try:
        write_atomically(file, webp)
    except OSError:  # a read-only home: the picture is shown all the same, and made again next time
        return
