"""Pictures of the dashboard's pages for the README: `python -m dashboards.screenshots RUNS FOLDER`, or, as people see
them whose system is dark, `python -m dashboards.screenshots --dark RUNS FOLDER`."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from dashboards.launch import serving
from toolkit.errors import RunError, TainError
from toolkit.images import decode

if TYPE_CHECKING:
    from playwright.sync_api import Page

# Debian's Chromium without a screen, asking nothing of the network.
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# The address of each page, and an element of it that comes last.
VIEWS = {
    "overview": ("", '[data-testid="stPageLink"]'),
    "curation": ("curation", ".tiles img"),
    "retention": ("retention", "table"),
    "thresholds": ("thresholds?limit=pairing.threshold&pairing.threshold=0.2", ".tiles img"),
    "duplicates": ("duplicates", ".tiles img"),
    "composition": ("composition?by=source", ".tiles img"),
    "bias": ("bias?attribute=gender+presentation&reference=labour+statistics", ".tiles img"),
    "ledger": ("ledger?attribute=gender+presentation", ".tiles img"),
    "gallery": ("gallery", ".tiles img"),
    "safety": ("safety", ".stSelectbox"),
    "diversity": ("diversity?view=nearest+training+pictures", ".twin img"),
    "mitigation": ("mitigation", ".twin img"),
    "map": ("map?layout=neighbours&colour=concept", ".js-plotly-plot .drag"),
    "methods": ("methods", '[data-testid="stDownloadButton"]'),
    "review": ("review?attribute=gender+presentation&reviewer=Ann", "img.review"),
}
# Pages that want intersections, or more than one audit.
VIEWS_OF_SEVERAL = {
    "intersections": ("intersections?run=audits/drawn&subject=mostly+light&slice=all", ".tiles img"),
    "compare": ("compare?run=audits/plain&against=audits/guided", ".twin img"),
}
Views = Mapping[str, tuple[str, str]]
WIDTH, HEIGHT = 1280, 1200
MAX_BYTES = 250_000
QUALITIES = (80, 65, 50, 35)
PATIENCE = 300_000  # milliseconds: a map takes its time at first


def take_screenshots(
    runs: Sequence[str | Path],
    folder: str | Path,
    *,
    colours: Literal["light", "dark"] = "light",
    views: Views = MappingProxyType(VIEWS),
) -> list[Path]:
    """Write NAME.webp of each page in `views` of the dashboard over `runs` into `folder`, each at most 250 kB; return
    the paths. `colours` are those that the system prefers.

    Needs the packages of the extra `dev` and a Chromium. Raises RunError where it is missing or a page shows nothing.
    """
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    written = []
    with serving(runs) as address, _page(colours) as page:
        for name, (path, last) in views.items():
            page.goto(f"{address}/{path}")
            page.wait_for_selector(last, timeout=PATIENCE)
            page.wait_for_timeout(1500)  # charts are drawn a moment after the pictures
            written.append(target / f"{name}.webp")
            written[-1].write_bytes(_small_webp(page.screenshot()))
    return written


@contextmanager
def _page(colours: Literal["light", "dark"]) -> Iterator[Page]:
    from playwright.sync_api import Error, sync_playwright

    executable = shutil.which("chromium")
    if executable is None:
        raise RunError("no chromium on the PATH; apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        try:
            yield browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme=colours)
        except Error as error:
            raise RunError(f"a page of the dashboard did not open: {str(error).splitlines()[0]}") from error
        finally:
            browser.close()


def _small_webp(png: bytes) -> bytes:
    """Return a screenshot as WebP of at most `MAX_BYTES`, at the best quality that fits."""
    from toolkit.report.pictures import thumbnail

    side = max(decode(png).shape[:2])
    for quality in QUALITIES:
        webp = thumbnail(png, side, quality=quality)
        if len(webp) <= MAX_BYTES:
            break
    return webp


def main() -> None:
    """Read the command line and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="+", help="run folders, or folders of them, and last the folder to write")
    parser.add_argument("--dark", action="store_true", help="as a system that prefers dark colours shows them")
    parser.add_argument("--several", action="store_true", help="pages that compare: of audits/drawn, plain and guided")
    given = parser.parse_args()
    if len(given.paths) < 2:
        parser.error("give RUNS and FOLDER")
    colours: Literal["light", "dark"] = "dark" if given.dark else "light"
    views = VIEWS_OF_SEVERAL if given.several else VIEWS
    try:
        for path in take_screenshots(given.paths[:-1], given.paths[-1], colours=colours, views=views):
            print(path)
    except TainError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
