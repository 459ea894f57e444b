"""What came of the pages of one site, written as it comes, so that a walk that was cut off goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from toolkit.errors import RunError
from toolkit.sources.web.site_walk import Visit, visit_of


class Journal:
    """The visits of one walk in the file `path`, a line of JSON each, in their order."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def visits(self) -> Iterator[Visit]:
        """Yield the visits that were written whole; the rest of a line that a kill cut short is taken away."""
        if not self.path.exists():
            return
        end = 0
        with self.path.open("rb") as file:
            for line in file:
                try:
                    visit = visit_of(json.loads(line)) if line.endswith(b"\n") else None
                except (ValueError, TypeError):
                    visit = None
                if visit is None:
                    break
                end += len(line)
                yield visit
        with self.path.open("r+b") as file:
            file.truncate(end)

    def add(self, visit: Visit) -> None:
        """Write `visit` behind the others; once this returns, only the loss of the whole machine loses it. Raises
        RunError where it cannot be written."""
        try:
            with self.path.open("ab") as file:
                file.write(json.dumps(visit).encode() + b"\n")
        except OSError as error:
            raise RunError(f"{self.path} cannot be written ({error.strerror}); make room, and --resume") from error
