"""Where things are kept that can be made again, such as embeddings: one folder for all runs of a person."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from toolkit.errors import RunError

VARIABLE = "TAIN_CACHE"


def cache_folder(given: str | Path | None, otherwise: Path) -> Path:
    """Return the folder to cache in, made if need be: `given`, else that of `TAIN_CACHE`, else `~/.cache/tain`.

    Where there is no home to write in, it is `otherwise`, for example a folder of the run itself. Raises RunError
    where a folder that was asked for, by argument or variable, cannot be written.
    """
    asked = given or os.environ.get(VARIABLE)
    if asked:
        folder = Path(asked).expanduser()
        why = _why_not_writable(folder)
        if why:
            raise RunError(f"the cache folder {folder} cannot be written ({why}); give another with --cache")
        return folder
    try:
        home = Path.home() / ".cache" / "tain"
    except RuntimeError:  # no such user, no HOME
        return otherwise
    return otherwise if _why_not_writable(home) else home


def _why_not_writable(folder: Path) -> str:
    """Return why no file can be made in `folder`; empty where one can."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return ""
    except OSError as error:
        return error.strerror or type(error).__name__
