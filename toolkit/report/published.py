"""A rendered copy of a report for people to read on the web."""

from __future__ import annotations

import json
from pathlib import Path

from toolkit.errors import RunError
from toolkit.report.mitigation import HTML_FILE as MITIGATION_PAGE
from toolkit.report.mitigation import write_mitigation_page
from toolkit.report.stage import JSON_FILE, write_report
from toolkit.store import RunFolder, open_run, write_atomically

MAX_PAGE_BYTES = 1_500_000


def publish(run: RunFolder | str | Path, folder: str | Path, *, name: str = "demo") -> Path:
    """Write the report of `run` anew, copy it to `folder` as NAME.html and NAME.json, and return the path of the page.

    The JSON is written without white space, which is a third of it. Raises RunError where the page is larger than
    1.5 MB, which no reader of a web page should have to load.
    """
    opened = run if isinstance(run, RunFolder) else open_run(run)
    page = _read_page(write_report(opened))
    target = Path(folder) / f"{name}.html"
    told = json.loads((opened.path / JSON_FILE).read_bytes())
    write_atomically(target.with_suffix(".json"), json.dumps(told, separators=(",", ":")).encode())
    write_atomically(target, page)
    return target


def publish_mitigation(run: RunFolder | str | Path, folder: str | Path) -> Path:
    """Write the page of the mitigation `run` anew, copy it to `folder`, and return its path.

    Raises RunError where there is none, or it is larger than 1.5 MB.
    """
    opened = run if isinstance(run, RunFolder) else open_run(run)
    target = Path(folder) / MITIGATION_PAGE
    write_atomically(target, _read_page(write_mitigation_page(opened.path)))
    return target


def _read_page(path: Path) -> bytes:
    page = path.read_bytes()
    if len(page) > MAX_PAGE_BYTES:
        raise RunError(f"{path} has {len(page):,} bytes; at most {MAX_PAGE_BYTES:,} are published")
    return page
