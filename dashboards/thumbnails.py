"""Small pictures for pages, made once and kept in the user's cache folder, outside every run.

A page names them by their address; the server gives them out (see `dashboards.thumbnail_route`). What may not be kept,
or cannot be, goes into the page as a `data:` URI.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from toolkit.errors import PictureError
from toolkit.report.pictures import blurred_thumbnail, data_uri, pair_pictures, sample_pictures, thumbnail
from toolkit.seeds import stable_hash
from toolkit.store import RunFolder, write_atomically

SIDE = 112
ADDRESS = "thumbnails"  # relative, so that it holds behind any proxy: every page stands one level below the root


def cache_folder() -> Path:
    """Return the folder of thumbnails: `tain/thumbnails` in $XDG_CACHE_HOME, or in ~/.cache."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "tain" / "thumbnails"


def sample_uris(
    run: RunFolder, version: int, names: Sequence[str], *, veiled: Collection[str], revealed: Collection[str] = ()
) -> dict[str, str]:
    """Return the address of each painted picture among `names` that can be shown; of those in `veiled` as `pair_uris`
    does.

    `version` is that of run.json: a run that was made anew is read anew.
    """
    return _unveiled(run, version, names, ("sample", sample_pictures), veiled, revealed)


def pair_uris(
    run: RunFolder, version: int, names: Sequence[str], *, veiled: Collection[str], revealed: Collection[str] = ()
) -> dict[str, str]:
    """Return the address of each picture of the dataset among `names` that can be shown: that of a file in the cache,
    or a `data:` URI where it cannot be kept.

    Of those in `veiled` it is a blurred picture, but for those in `revealed`, which are made anew each time as `data:`
    URIs: no cache holds them.
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


def _keys(run: RunFolder, version: int, kind: str, names: Sequence[str]) -> dict[str, str | None]:
    """Return what each of `names` is called in the cache."""
    return {name: stable_hash(str(run.path.resolve()), version, kind, name, SIDE) for name in names}


def _uris(
    run: RunFolder,
    keys: dict[str, str | None],
    read: Read,
    make: Callable[[bytes, int], bytes],
) -> dict[str, str]:
    """Return what the cache has of `keys`, and the rest made by `make` of what `read` gives; None: not kept."""
    found = {name: _address(key) for name, key in keys.items() if key is not None and _file(key).is_file()}
    missing = [name for name in keys if name not in found]
    for name, data in (read(run, missing) if missing else {}).items():
        try:
            webp = make(data, SIDE)
        except PictureError:
            continue
        key = keys[name]
        found[name] = _address(key) if key is not None and _keep(_file(key), webp) else data_uri(webp)
    return found


def kept_thumbnail(key: str) -> bytes | None:
    """Return the thumbnail that the cache holds under `key`, 32 hex digits; None where there is none."""
    try:
        return _file(key).read_bytes()
    except OSError:
        return None


def _address(key: str) -> str:
    return f"{ADDRESS}/{key}.webp"


def _file(key: str) -> Path:
    return cache_folder() / key[:2] / f"{key}.webp"


def _keep(file: Path, webp: bytes) -> bool:
    """Return whether `webp` could be written to `file`: not in a read-only home, where it is made again next time."""
    try:
        write_atomically(file, webp)
    except OSError:
        return False
    return True
