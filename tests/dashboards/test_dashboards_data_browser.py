"""Thresholds, duplicates and composition in a real Chromium: keys move a limit, a click reaches its pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from browsing import WAIT, serving_runs, watched_page
from copied_source import RECIPE, SAME, SMALLER, curate_copied
from run_folder import SCRIPT

from toolkit.curate.stage import decide

sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return curate_copied(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def address(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving_runs([root], tmp_path_factory) as found:
        yield found


@pytest.fixture
def page(browser: sync_api.Browser) -> Iterator[sync_api.Page]:
    with watched_page(browser, 1600) as opened:
        yield opened
        assert "owned" not in opened.title()


def open_view(page: sync_api.Page, address: str, name: str, **query: str) -> None:
    page.goto(f"{address}/{name}?{urlencode(query)}")
    page.wait_for_selector(".tiles img")


def captions(page: sync_api.Page) -> list[str]:
    return page.locator(".tiles figcaption b").all_inner_texts()


def test_keys_move_a_limit_and_the_link_restores_it(
    address: str, root: Path, page: sync_api.Page, browser: sync_api.Browser, tmp_path: Path
) -> None:
    open_view(page, address, "thresholds", limit="pictures.min_side")
    slider = page.get_by_role("slider")
    slider.focus()
    while int(slider.input_value()) < 60:
        slider.press("ArrowRight")
    page.wait_for_url("**pictures.min_side=60**")
    recipe = RECIPE | {"pictures": {"min_side": 60}}
    kept = decide(root / "curated", tmp_path / "again", recipe=recipe).stages["curate"]["counts"]["kept"]
    metric = '[data-testid="stMetricValue"]'
    sync_api.expect(page.locator(metric).first).to_have_text(f"{kept:,}", timeout=WAIT)
    sync_api.expect(page.locator(".tiles img").last).to_have_attribute("alt", SMALLER, timeout=WAIT)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export the recipe").click()
    exported = Path(download.value.path())
    assert decide(root / "curated", tmp_path / "exported", recipe=exported).stages["curate"]["counts"]["kept"] == kept
    other = browser.new_page()
    other.goto(page.url)
    sync_api.expect(other.locator(metric).first).to_have_text(f"{kept:,}", timeout=WAIT)
    other.close()


def test_a_clicked_bar_leads_to_its_pictures(address: str, page: sync_api.Page) -> None:
    open_view(page, address, "composition", by="size", value="64 to 127 px")
    page.wait_for_selector('[data-testid="stVegaLiteChart"] [aria-roledescription]')
    page.locator('path[aria-roledescription="bar"][aria-label*="value: 32 to 63 px; kind: not kept"]').first.click()
    page.wait_for_url("**value=32+to+63+px**")
    sync_api.expect(page.locator(".tiles img")).to_have_count(1, timeout=WAIT)
    assert captions(page) == [SMALLER]


def test_a_cluster_opens_and_its_link_opens_it_again(
    address: str, page: sync_api.Page, browser: sync_api.Browser
) -> None:
    open_view(page, address, "duplicates")
    sync_api.expect(page.locator(".tiles img")).to_have_count(6, timeout=WAIT)
    page.get_by_role("button", name="Open 1").click()
    sync_api.expect(page.locator(".tiles img")).to_have_count(4, timeout=WAIT)
    assert set(captions(page)) == set(SAME)
    assert SCRIPT in captions(page)
    page.wait_for_url("**cluster=exact_duplicate**")
    other = browser.new_page()
    other.goto(page.url)
    sync_api.expect(other.locator(".tiles img")).to_have_count(4, timeout=WAIT)
    other.close()
