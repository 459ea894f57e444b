"""axe-core finds no serious or critical fault on any page, in light or in dark colours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from audited_runs import AuditedRuns
from browsing import WAIT, serving_runs, settled
from copied_source import curate_copied
from grouped_source import RECIPE, curate_grouped
from kept_paths import keep_paths
from mitigated_runs import MitigatedRuns
from run_folder import build_runs
from unsafe_run import read_all_as_unsafe

from dashboards.app import PAGES

sync_api = pytest.importorskip("playwright.sync_api")
axe = pytest.importorskip("axe_playwright_python.sync_playwright")
pytestmark = pytest.mark.browser

SERIOUS = ("serious", "critical")
CHARTS = '[data-testid="stVegaLiteChart"]'
DARK = "() => getComputedStyle(document.querySelector('.stApp')).backgroundColor.match(/[0-9]+/)[0] < 64"
CONTRASTS = {"runOnly": ["color-contrast"]}  # all else is the same in dark colours


# What each page is opened on, where the audit of drawn people alone would leave it empty.
GROUPED, COPIED, UNSAFE = "grouped/curated", "copied/curated", "runs/audit"
SHOWN: dict[str, list[dict[str, str]]] = {
    "overview": [{"findings": "all"}, {"run": "runs/curated"}],
    "curation": [{"run": "runs/curated"}, {"run": "runs/curated", "part": "quarantined: unsafe"}],
    "retention": [{"run": GROUPED}],
    "thresholds": [{"run": COPIED}],
    "duplicates": [{"run": COPIED}],
    "composition": [{"run": COPIED, "by": "source"}],
    "compare": [{"run": "audits/plain", "against": "audits/guided"}],
    "mitigation": [{"run": "mitigations/mitigated", "slice": "pilot"}, {}],
    "gallery": [{}, {"run": UNSAFE, "kind": "from snow to picture"}],
    "safety": [{"run": UNSAFE}, {"view": "colour, light and layout"}, {"run": UNSAFE, "view": "set aside in the data"}],
    "diversity": [{}, {"view": "nearest training pictures", "slice": "judge"}],
    "review": [{}, {"reviewer": "Ann", "figures": "shown"}],
}


@pytest.fixture(scope="module")
def address(audited: AuditedRuns, mitigated: MitigatedRuns, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a dashboard of audits, of data that was grouped and copied, of pictures read as unsafe, and of a
    mitigation."""
    folder = tmp_path_factory.mktemp("accessible")
    (folder / "more").mkdir()
    unsafe = build_runs(folder / "runs")
    read_all_as_unsafe(unsafe.audit)
    keep_paths(unsafe.audit)
    roots = [audited.drawn.path.parent, folder / "runs", curate_grouped(folder, RECIPE), curate_copied(folder / "more")]
    roots.append(mitigated.made.path.parent)
    with serving_runs(roots, tmp_path_factory) as found:
        yield found


@pytest.fixture(scope="module")
def page(browser: sync_api.Browser) -> Iterator[sync_api.Page]:
    """One page for all that is opened."""
    opened = browser.new_page(viewport={"width": 1280, "height": 1000}, color_scheme="light")
    opened.set_default_timeout(WAIT)
    yield opened
    opened.close()


def in_dark_colours(page: sync_api.Page) -> None:
    """Let the system prefer dark colours, which an open page follows."""
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(DARK)
    drawn(page)


def drawn(page: sync_api.Page) -> None:
    """Wait until the script of `page` has run to its end and its charts are drawn."""
    settled(page)
    if page.locator(CHARTS).count():
        page.locator(f"{CHARTS} [aria-roledescription]").first.wait_for(state="attached")


def faults(page: sync_api.Page, rules: dict[str, list[str]]) -> list[str]:
    """Return what axe-core finds by `rules` on the page as it stands, that is serious."""
    found: list[dict[str, Any]] = (
        axe.Axe().run(page, options={"resultTypes": ["violations"]} | rules).response["violations"]
    )
    return [
        f"{one['id']}: {node['html'][:300]} ({' '.join(node['failureSummary'].split())[:300]})"
        for one in found
        if one["impact"] in SERIOUS
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_serious_fault(address: str, page: sync_api.Page, name: str) -> None:
    for query in SHOWN.get(name, [{}]):
        page.emulate_media(color_scheme="light")
        page.goto(f"{address}/{'' if name == 'overview' else name}?{urlencode({'run': 'audits/drawn'} | query)}")
        page.get_by_role("heading", level=1).wait_for()
        drawn(page)
        assert page.locator('[data-testid="stException"]').count() == 0
        assert faults(page, {}) == [], query
        in_dark_colours(page)
        assert faults(page, CONTRASTS) == [], query
