"""Safety, diversity and methods in Chromium: clicks reach their pictures, links their view, files their reader."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from audited_runs import AuditedRuns
from browsing import WAIT, serving_runs, settled, watched_page
from run_folder import Runs, build_runs
from unsafe_run import UNSAFE, read_all_as_unsafe

from toolkit.report.downloads import download
from toolkit.report.measured import measure_rows

sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.browser
CHART = '[data-testid="stVegaLiteChart"] [aria-roledescription]'


@pytest.fixture(scope="module")
def unsafe(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Runs whose painted pictures were read by nsfw."""
    runs = build_runs(tmp_path_factory.mktemp("unsafe") / "runs")
    read_all_as_unsafe(runs.audit)
    return runs


@pytest.fixture(scope="module")
def address(unsafe: Runs, audited: AuditedRuns, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a dashboard of these runs, and of audits made by the pipeline."""
    with serving_runs([unsafe.audit.path.parent, audited.drawn.path.parent], tmp_path_factory) as found:
        yield found


@pytest.fixture
def page(browser: sync_api.Browser) -> Iterator[sync_api.Page]:
    with watched_page(browser, 1000) as opened:
        yield opened


def says(page: sync_api.Page, words: str) -> None:
    sync_api.expect(page.get_by_text(words).first).to_be_visible(timeout=WAIT)
    settled(page)


def test_a_click_on_a_rate_shows_its_pictures_blurred_and_one_sharp_on_request(
    address: str, page: sync_api.Page, browser: sync_api.Browser
) -> None:
    page.goto(f"{address}/safety?run=runs/audit")
    page.wait_for_selector(CHART)
    says(page, f"{UNSAFE['judge']} pictures of 11")
    page.locator('path[aria-roledescription="point"][aria-label*="concept: firefighter"]').last.click()
    page.wait_for_url("**slice=firefighter**")
    says(page, f"{UNSAFE['firefighter']} picture of 12")
    sync_api.expect(page.locator(".tiles img")).to_have_count(1, timeout=WAIT)
    says(page, "blurred: read as unsafe by nsfw")
    blurred = page.locator(".tiles img").get_attribute("src")
    page.get_by_role("button", name="Show", exact=True).click()
    says(page, "shown on request: read as unsafe by nsfw")
    assert page.locator(".tiles img").get_attribute("src") != blurred
    other = browser.new_page()  # a link shows the same view, and nothing that another asked for
    other.set_default_timeout(WAIT)
    other.goto(page.url)
    says(other, f"{UNSAFE['firefighter']} picture of 12")
    says(other, "blurred: read as unsafe by nsfw")
    other.close()


def test_a_click_on_a_diversity_shows_the_pictures_of_its_concept(
    address: str, audited: AuditedRuns, page: sync_api.Page
) -> None:
    query = {"run": "audits/drawn", "subject": "mostly light", "slice": "judge"}
    page.goto(f"{address}/diversity?{urlencode(query)}")
    page.wait_for_selector(CHART)
    says(page, "24 pictures of judge, by prompt:")
    page.locator('path[aria-roledescription="point"][aria-label*="concept: firefighter"]').last.click()
    page.wait_for_url("**slice=firefighter**")
    says(page, "24 pictures of firefighter, by prompt:")
    sync_api.expect(page.locator('.tiles img[alt="firefighter"]')).to_have_count(24, timeout=WAIT)
    page.goto(f"{page.url}&view=nearest+training+pictures")
    sync_api.expect(page.locator(".twin")).to_have_count(24, timeout=WAIT)
    captions = {row["caption"] for row in audited.data.read("pairs").to_pylist()}
    shown = [one.get_attribute("alt") for one in page.locator(".twin figure:last-child img").all()]
    assert len(shown) == 24
    assert set(shown) <= captions


def test_files_are_downloaded_as_they_are_made(address: str, unsafe: Runs, page: sync_api.Page, tmp_path: Path) -> None:
    page.goto(f"{address}/methods?run=runs/audit")
    for title, name in (("Measures (CSV)", "report/measures.csv"), ("Report (HTML)", "report/report.html")):
        with page.expect_download(timeout=WAIT) as begun:
            page.get_by_role("button", name=title).click()
        file = tmp_path / begun.value.suggested_filename
        begun.value.save_as(file)
        assert file.name == f"runs-audit-{Path(name).name}"
        assert file.read_bytes() == download(unsafe.audit, name)
    with (tmp_path / "runs-audit-measures.csv").open(newline="", encoding="utf-8") as stream:
        assert len(list(csv.DictReader(stream))) == len(measure_rows(unsafe.audit))
    assert not (unsafe.audit.path / "report").exists()
