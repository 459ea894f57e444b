"""Seconds from the command to the first page of the dashboard in a browser, on the run folders that are given.

`python tests/bench/bench_dashboard.py [RUNS]` prints one line of JSON; RUNS is `runs/demo`, or a small run made anew.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from run_folder import build_runs  # noqa: E402

from dashboards.launch import serving  # noqa: E402
from dashboards.screenshots import FLAGS  # noqa: E402

ROUNDS = 3
HEADING = "Whom do these pictures show?"


def measure(runs: Path) -> dict[str, object]:
    """Return the seconds until the server answered and until the overview stood there: a median of three starts."""
    from playwright.sync_api import sync_playwright

    served, shown = [], []
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as cache:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        for _ in range(ROUNDS):
            page = chromium.new_page()
            started = time.perf_counter()
            with serving([runs], environ={"XDG_CACHE_HOME": cache}) as address:
                served.append(time.perf_counter() - started)
                page.goto(address)
                page.get_by_role("heading", name=HEADING).wait_for()
                page.get_by_role("heading", name="Runs", exact=True).wait_for()
                shown.append(time.perf_counter() - started)
            page.close()
        chromium.close()
    return {
        "bench": "dashboard start",
        "runs": runs.name,
        "rounds": ROUNDS,
        "seconds_to_serve": round(statistics.median(served), 2),
        "seconds_to_first_page": round(statistics.median(shown), 2),
    }


if __name__ == "__main__":
    if shutil.which("chromium") is None:
        sys.exit("no chromium on the PATH; apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder:
        given = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("runs/demo")
        if not given.is_dir():
            given = build_runs(Path(folder) / "small").audit.path.parent
        print(json.dumps(measure(given)))
