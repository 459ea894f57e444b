"""What a kill has left half written in a run, by the names that `toolkit.store.write_atomically` gives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path


def leftovers(run: Path) -> Iterator[Path]:
    """Yield the files under `run` that were never moved to their places."""
    yield from sorted(run.rglob(".*.tmp"))


def remove_leftovers(run: Path) -> None:
    """Remove them; the caller is the only writer."""
    for path in leftovers(run):
        path.unlink(missing_ok=True)
