"""A rendered copy of a report for people to read on the web."""

from __future__ import annotations

import json
from pathlib import Path

from toolkit.errors import RunError
from toolkit.report.stage import HTML_FILE, JSON_FILE, write_report
from toolkit.store import RunFolder, open_run, write_atomically

MAX_PAGE_BYTES = 1_500_000


def publish(run: RunFolder | str | Path, folder: str | Path, *, name: str = "demo") -> Path:
    """Write the report of `run` anew, copy it to `folder` as NAME.html and NAME.json, and return the path of the page.

    The JSON is written without white space, which is a third of it. Raises RunError where the page is larger than
    1.5 MB, which no reader of a web page should have to load.
    """
    opened = run if isinstance(run, RunFolder) else open_run(run)
    page = write_report(opened).read_bytes()
    if len(page) > MAX_PAGE_BYTES:
        raise RunError(f"{opened.path / HTML_FILE} has {len(page):,} bytes; at most {MAX_PAGE_BYTES:,} are published")
    target = Path(folder) / f"{name}.html"
    told = json.loads((opened.path / JSON_FILE).read_bytes())
    write_atomically(target.with_suffix(".json"), json.dumps(told, separators=(",", ":")).encode())
    write_atomically(target, page)
    return target
