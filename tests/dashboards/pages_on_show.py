"""Open one page of the dashboard without a browser, and read what it shows."""

from __future__ import annotations

import base64
import json
import re
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Selectbox
from streamlit.util import calc_hash

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


def open_page_of_runs(name: str, root: Path, run: str, /, **address: str) -> AppTest:
    """Return as `open_page` does a page that knows of all runs under `root`."""
    app = AppTest.from_function(_show_among, args=(name, str(root), run), default_timeout=TIMEOUT)
    for key, value in address.items():
        app.query_params[key] = value
    return app.run()


def _show_among(page: str, root: str, run: str) -> None:
    from importlib import import_module

    from dashboards.runs import discover

    runs = discover([root])
    import_module(f"dashboards.pages.{page}").show(runs[run], runs)


def open_app(*roots: Path, **address: str) -> AppTest:
    """Return the whole app over `roots`."""
    app = AppTest.from_function(_main, args=([str(one) for one in roots],), default_timeout=TIMEOUT)
    for key, value in address.items():
        app.query_params[key] = value
    return app.run()


def open_page_of_app(name: str, *roots: Path, **address: str) -> AppTest:
    """Return the page `name` of the whole app over `roots`, as its own address opens it."""
    app = AppTest.from_function(_main, args=([str(one) for one in roots],), default_timeout=TIMEOUT)
    app._page_hash = calc_hash(name)  # what `switch_page` sets, which knows of pages in files alone
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


def words(app: AppTest) -> str:
    """Return the words of that HTML with single spaces between them."""
    return " ".join(text(app).split())


def select(app: AppTest, label: str) -> Selectbox:
    """Return the select box that is called `label`."""
    return next(one for one in app.selectbox if one.label == label)


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


def chart_rows(app: AppTest, place: int = 0) -> list[dict[str, Any]]:
    """Return the rows that a chart of the page is drawn from."""
    drawn = app.get("vega_lite_chart")[place].proto
    rows: list[dict[str, Any]] = pa.ipc.open_stream(drawn.data.data).read_all().to_pylist()
    return rows


def chart_layers(app: AppTest, place: int = 0) -> list[list[dict[str, Any]]]:
    """Return the rows of each layer of a chart of the page whose layers are drawn from rows of their own."""
    layers = json.loads(app.get("vega_lite_chart")[place].proto.spec)["layer"]
    return [one["data"]["values"] for one in layers]


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
