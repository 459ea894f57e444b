"""Files of a run against the hashes that were noted when they were written, and what a kill has left behind."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from toolkit.path_hashes import hash_file
from toolkit.run_hashes import Noted, noted
from toolkit.run_leftovers import leftovers
from toolkit.store import RunFolder
from toolkit.verify.problem import Problem, how_to_mend

_REVIEWS = "reviews.sqlite"


def check_files(run: RunFolder) -> Iterator[Problem]:
    """Yield what is missing or other than it was written, of all files whose hashes are noted."""
    stages = tuple(run.stages)
    for name, was in sorted(noted(run.path).items()):
        path = run.path / name
        if not path.is_file():
            yield Problem(
                "missing", name, f"{was.size:,} bytes were written, the file is gone", how_to_mend(name, stages)
            )
            continue
        found = _difference(path, was)
        if found:
            yield Problem("damaged", name, found, how_to_mend(name, stages))


def _difference(path: Path, was: Noted) -> str:
    """Return in what a file differs from what was written; "" where it does not."""
    size = path.stat().st_size
    if size != was.size:
        return f"it holds {size:,} bytes, {was.size:,} were written"
    return "" if hash_file(path) == was.hash else "its bytes are not those that were written"


def check_leftovers(run: RunFolder) -> Iterator[Problem]:
    """Yield the files that a kill left half written; nothing reads them."""
    for path in leftovers(run.path):
        name = path.relative_to(run.path).as_posix()
        yield Problem("leftover", name, "a kill left it half written, and nothing reads it", "remove it")


def check_reviews(run: RunFolder) -> Iterator[Problem]:
    """Yield what SQLite says of the reviews, where it finds fault with them."""
    path = run.path / _REVIEWS
    if not path.is_file():
        return
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            said = [str(one) for (one,) in connection.execute("PRAGMA integrity_check")]
    except sqlite3.Error as error:
        said = [str(error)]
    if said != ["ok"]:
        mend = "copy it again, or let sqlite3 recover what it can (sqlite3 reviews.sqlite .recover)"
        yield Problem("damaged", _REVIEWS, said[0], mend)
