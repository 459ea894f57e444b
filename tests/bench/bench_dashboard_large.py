"""Seconds that each page of the dashboard takes in a browser on a run of 100,000 pairs and 10,000 painted pictures.

`python tests/bench/bench_dashboard_large.py [DEMO]` builds that run from the demo (`runs/demo`) in a temporary folder,
or takes the one in `--built FOLDER`, and prints JSON. Of each page: `first` opening after the server has started,
opening it `again` in another tab (a median), and a `click`: another choice in its first control (a median). A page
counts once its script has ended and all pictures in view are there. The floor is a page of Streamlit that shows a title
and a select box and does nothing else, in the same browser.
"""

from __future__ import annotations

import argparse
import json
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

from large_runs import build_large  # noqa: E402
from playwright.sync_api import TimeoutError as PlaywrightTimeout  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

from dashboards.app import PAGES  # noqa: E402
from dashboards.launch import THIS_MACHINE, serving  # noqa: E402
from dashboards.screenshots import FLAGS  # noqa: E402

FLOOR = """import streamlit as st
st.title("Empty")
st.query_params["value"] = st.selectbox("Value", ["one", "two"])
"""
PAIRS, SAMPLES, ROUNDS = 100_000, 10_000, 3
WAIT, PATIENCE = 60_000, 5_000  # milliseconds: for a page, and for a control with another choice
SETTLED = """() => document.querySelector('[data-test-script-state="notRunning"]')
  && document.querySelector('.stMainBlockContainer h1')
  && [...document.querySelectorAll('.stMainBlockContainer img')]
       .every(one => one.complete || one.getBoundingClientRect().top > innerHeight)"""
ADDRESSES = {"review": "review?attribute=gender+presentation&reviewer=Ann"}
SELECT, SLIDER = ".stMainBlockContainer .stSelectbox input", '.stMainBlockContainer input[type="range"]'
COLOURS = '.stMainBlockContainer .stSelectbox:has-text("Colour by") input'  # another layout takes minutes, once
CONTROLS = {"thresholds": SLIDER, "map": COLOURS}


def measure(runs: Path) -> dict[str, dict[str, float | None]]:
    """Return the seconds of the floor, and of each page over `runs`."""
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as cache:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        visitor = chromium.new_context(viewport={"width": 1280, "height": 1200})
        with _serving_floor(Path(cache)) as address:
            found = {"floor": _measured(visitor, address, SELECT)}
        with serving([runs], environ={"XDG_CACHE_HOME": cache, "XDG_STATE_HOME": cache}) as address:
            for name in PAGES:
                url = f"{address}/{ADDRESSES.get(name, name)}"
                found[name] = _measured(visitor, url, CONTROLS.get(name, SELECT))
                print(name, found[name], file=sys.stderr, flush=True)
        chromium.close()
    return found


@contextmanager
def _serving_floor(folder: Path) -> Iterator[str]:
    script = folder / "floor.py"
    script.write_text(FLOOR, "utf-8")
    with socket.socket() as free:
        free.bind((THIS_MACHINE, 0))
        port = free.getsockname()[1]
    options = [f"--server.port={port}", "--server.headless=true", f"--server.address={THIS_MACHINE}"]
    words = [sys.executable, "-m", "streamlit", "run", str(script), *options]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        for _ in range(600):
            with suppress(OSError), socket.create_connection((THIS_MACHINE, port), timeout=1):
                break
            time.sleep(0.1)
        yield f"http://{THIS_MACHINE}:{port}"
        server.terminate()


def _measured(visitor: Any, url: str, control: str) -> dict[str, float | None]:
    times = [_opened(visitor, url) for _ in range(ROUNDS + 1)]
    return {
        "first": times[0],
        "again": round(statistics.median(times[1:]), 2),
        "click": _clicked(visitor, url, control),
    }


def _opened(visitor: Any, url: str) -> float:
    page = _page(visitor)
    seconds = _timed(lambda: page.goto(url), page)
    page.close()
    return seconds


def _page(visitor: Any) -> Any:
    page = visitor.new_page()
    page.set_default_timeout(WAIT)
    return page


def _timed(act: Callable[[], object], page: Any) -> float:
    started = time.perf_counter()
    act()
    page.wait_for_function(SETTLED)
    return round(time.perf_counter() - started, 2)


def _clicked(visitor: Any, url: str, control: str) -> float | None:
    """Return how long another choice takes, in the first control that has one; None where the page has none."""
    page = _page(visitor)
    page.goto(url)
    page.wait_for_function(SETTLED)
    page.wait_for_timeout(500)
    times: list[float] = []
    for place in range(page.locator(control).count()):
        with suppress(PlaywrightTimeout):
            times = [_chosen(page, page.locator(control).nth(place), turn) for turn in range(ROUNDS)]
            break
        page.keyboard.press("Escape")
    page.close()
    return round(statistics.median(times), 2) if times else None


def _chosen(page: Any, control: Any, turn: int) -> float:
    """Return how long the page takes from another choice in `control` until it has settled."""
    control.focus()
    is_range = control.get_attribute("type") == "range"
    if not is_range:
        page.keyboard.press("ArrowUp" if turn % 2 else "ArrowDown")  # opens it at the choice beside
        page.wait_for_selector('[role="listbox"]', timeout=PATIENCE)
        page.wait_for_timeout(200)
    before = page.url
    seconds = _timed(lambda: _choose(page, "ArrowRight" if is_range else "Enter", before), page)
    page.wait_for_timeout(300)
    return seconds


def _choose(page: Any, key: str, before: str) -> None:
    page.keyboard.press(key)
    page.wait_for_function("before => location.href !== before", arg=before, timeout=PATIENCE)


def main() -> None:
    """Build the run if need be, measure, print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("demo", nargs="?", type=Path, default=Path("runs/demo"))
    parser.add_argument("--built", type=Path)
    given = parser.parse_args()
    if shutil.which("chromium") is None:
        sys.exit("no chromium on the PATH; apt-get install chromium")
    if given.built is None and not given.demo.is_dir():
        sys.exit(f"no run at {given.demo}; make one with `make demo`, or name one")
    with tempfile.TemporaryDirectory() as folder:
        built = given.built or build_large(given.demo, Path(folder) / "large", pairs=PAIRS, samples=SAMPLES)
        pages = measure(built)
    print(json.dumps({"bench": "dashboard", "pairs": PAIRS, "samples": SAMPLES, "seconds": pages}))


if __name__ == "__main__":
    main()
