"""Where a crawl begins, as a text file says it."""

from __future__ import annotations

from pathlib import Path

from toolkit.errors import SourceError
from toolkit.sources.meta import plain_text_of
from toolkit.sources.web.list_lines import Lines


def read_seeds(path: Path) -> list[str]:
    """Return the addresses in the text file at `path`, one a line, gzipped or not; empty lines and those that begin
    with # are passed over. Raises SourceError where it cannot be read."""
    lines = Lines(path)
    written = [(plain_text_of(line) or "").strip() for line in lines]
    if lines.error is not None:
        raise SourceError(f"{path}: {lines.error}; give a whole file")
    return [line for line in written if line and not line.startswith("#")]
