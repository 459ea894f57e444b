"""Open one page of the dashboard without a browser, and read what it shows."""

from __future__ import annotations

import base64
import re
from html import unescape
from pathlib import Path
from typing import NamedTuple

from streamlit.testing.v1 import AppTest

from dashboards.thumbnails import kept_thumbnail

TIMEOUT = 30


def open_page(name: str, root: Path, run: str, /, **address: str) -> AppTest:
    """Return the page `name` of the run named `run` under `root`, as the query parameters `address` ask for it."""
    app = AppTest.from_function(_show, args=(name, str(root), run), default_timeout=TIMEOUT)
    for key, value in address.items():
        app.query_params[key] = value
    return app.run()


def _show(page: str, root: str, run: str) -> None:
    from importlib import import_module

    from dashboards.runs import discover

    import_module(f"dashboards.pages.{page}").show(discover([root])[run])


def open_app(*roots: Path, **address: str) -> AppTest:
    """Return the whole app over `roots`."""
    app = AppTest.from_function(_main, args=([str(one) for one in roots],), default_timeout=TIMEOUT)
    for key, value in address.items():
        app.query_params[key] = value
    return app.run()


def _main(roots: list[str]) -> None:
    from dashboards.app import main

    main(roots)


def html(app: AppTest) -> str:
    """Return all HTML that the page shows."""
    return "\n".join(one.proto.body for one in app.get("html"))


def text(app: AppTest) -> str:
    """Return the words of that HTML."""
    return unescape(re.sub(r"<style>.*?</style>|<[^>]*>", " ", html(app), flags=re.DOTALL))


class Shown(NamedTuple):
    """What stands under one picture."""

    caption: str
    lines: list[str]


def tiles(app: AppTest) -> list[Shown]:
    """Return what stands under each picture."""
    figures = re.findall(r"<figure>.*?</figure>", html(app))
    return [Shown(_between("b", one)[0], _between("span", one)) for one in figures]


def _between(tag: str, figure: str) -> list[str]:
    return [unescape(one) for one in re.findall(f"<{tag}>(.*?)</{tag}>", figure)]


def addresses(app: AppTest) -> list[str]:
    """Return the address of each picture that the page shows."""
    return re.findall(r'<img [^>]*?src="([^"]*)"', html(app))


def pictures(app: AppTest) -> list[bytes]:
    """Return the WebP bytes of each picture that the page shows, which it holds itself or names."""
    found = []
    for one in addresses(app):
        head, _, body = one.partition(",")
        kept = kept_thumbnail(Path(one).stem)
        if head == "data:image/webp;base64":
            found.append(base64.b64decode(body))
        elif kept is not None:
            found.append(kept)
    return found
