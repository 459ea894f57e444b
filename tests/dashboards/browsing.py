"""A dashboard that is served, and a page of a real browser on it that is watched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from dashboards.launch import THIS_MACHINE, serving

WAIT = 30_000  # milliseconds


@contextmanager
def serving_runs(roots: Sequence[Path], folders: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of a dashboard of `roots` with a cache and a log of its own."""
    own = {name: str(folders.mktemp(name)) for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME")}
    with serving(roots, environ=own) as address:
        yield address


@contextmanager
def watched_page(browser: Any, height: int) -> Iterator[Any]:
    """Yield a new page of 1280 x `height` pixels that asks nothing of any other machine and whose scripts raise
    nothing."""
    opened = browser.new_page(viewport={"width": 1280, "height": height})
    opened.set_default_timeout(WAIT)
    asked: list[str] = []
    raised: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("pageerror", lambda error: raised.append(str(error)))
    yield opened
    opened.close()
    assert {urlsplit(url).hostname for url in asked if not url.startswith(("data:", "blob:"))} <= {THIS_MACHINE}
    assert raised == []


def settled(page: Any) -> None:
    """Wait until the script of `page` has run to its end, so that all it shows is there."""
    page.wait_for_selector('[data-test-script-state="notRunning"]')
