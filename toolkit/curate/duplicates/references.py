"""What rows are compared with outside of their run: there, readable, and named by its content."""

from __future__ import annotations

from pathlib import Path

from toolkit.curate.duplicates.earlier import open_earlier
from toolkit.curate.duplicates.recipe import DuplicateRecipe
from toolkit.errors import RunError
from toolkit.path_hashes import hash_path
from toolkit.sources import open_source
from toolkit.store import RunFolder, open_run


def references(asked: DuplicateRecipe, scored: RunFolder | None = None) -> dict[str, str]:
    """Return a hash of the content of everything that `asked` compares rows with, by its path.

    `scored` is the run whose rows are decided again, if it is there already. Raises RunError where an earlier run
    cannot be used, SourceError where an evaluation set cannot be opened: before any row is scored.
    """
    ours = None if scored is None else scored.find("pairs")
    found: dict[str, str] = {}
    for path in asked.earlier:
        earlier = open_earlier(path)
        if ours is not None and earlier.pairs.path.resolve() == ours.path.resolve():
            raise RunError(
                f"duplicates.earlier names {path}, whose rows are those of {ours.path} that are decided again: every "
                "row would be a copy of itself; name runs on other rows"
            )
        found[path] = open_run(path).content_hash()
    if asked.decontaminate is not None:
        open_source(asked.decontaminate.source)
        found[asked.decontaminate.source] = content_of_source(asked.decontaminate.source)
    return found


def content_of_source(source: str) -> str:
    """Return a hash of the file or folder `source`; "" for what is no path, such as the id of a dataset."""
    path = Path(source)
    return hash_path(path) if path.exists() else ""
