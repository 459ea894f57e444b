"""Bias, intersections, ledger and compare in a real Chromium: a click reaches its pictures, a link the same view."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from audited_runs import AuditedRuns
from browsing import WAIT, serving_runs, settled, watched_page

sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.browser
DRAWN = {"run": "audits/drawn", "subject": "mostly light"}


@pytest.fixture(scope="module")
def address(audited: AuditedRuns, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a dashboard of audits made by the pipeline."""
    with serving_runs([audited.drawn.path.parent], tmp_path_factory) as found:
        yield found


@pytest.fixture
def page(browser: sync_api.Browser) -> Iterator[sync_api.Page]:
    with watched_page(browser, 1000) as opened:
        yield opened


def told(audited: AuditedRuns, model: str) -> dict[str, dict[str, str | None]]:
    """Return what was read of each attribute in each painted picture of `model`, straight from the tables."""
    found: dict[str, dict[str, str | None]] = {
        row["request_id"]: {"prompt": row["prompt"]}
        for row in audited.drawn.read("requests").to_pylist()
        if json.loads(row["settings"])["model"] == model
    }
    for row in audited.drawn.read("labels").to_pylist():
        if row["subject_id"] in found:
            found[row["subject_id"]][row["attribute"]] = row["value"]
    return found


def open_view(page: sync_api.Page, address: str, name: str, **query: str) -> None:
    page.goto(f"{address}/{name}?{urlencode(query)}")
    page.wait_for_selector('[data-testid="stVegaLiteChart"] [aria-roledescription]')


def says(page: sync_api.Page, words: str) -> None:
    """Wait until `words` stand on the page once: what it showed before is gone, too."""
    sync_api.expect(page.get_by_text(words)).to_have_count(1, timeout=WAIT)
    settled(page)


def shown(page: sync_api.Page) -> list[str]:
    """Return the alternative texts of the pictures, which are their captions."""
    return page.locator(".tiles img, .twin img").evaluate_all("pictures => pictures.map(one => one.alt)")


def test_the_reference_and_a_clicked_mark_are_in_a_link(
    address: str, audited: AuditedRuns, page: sync_api.Page, browser: sync_api.Browser
) -> None:
    place = {"attribute": "gender presentation", "annotator": "clip", "group": "woman", "read": "woman"}
    open_view(page, address, "bias", reference="labour statistics", slice="judge", **place, **DRAWN)
    says(page, "labour statistics: 38 %")
    page.locator('path[aria-roledescription="point"][aria-label*="concept: firefighter"]').last.click()
    says(page, "labour statistics: 6 %")
    page.wait_for_url("**slice=firefighter**")
    expected = [
        one
        for one in told(audited, "mostly light").values()
        if (one["prompt"], one["gender presentation"]) == ("firefighter", "woman")
    ]
    says(page, f"{len(expected)} pictures of 24")
    assert shown(page) == ["firefighter"] * len(expected)
    other = browser.new_page()
    other.set_default_timeout(WAIT)
    other.goto(page.url)
    says(other, "labour statistics: 6 %")
    says(other, f"{len(expected)} pictures of 24")
    other.close()


def test_a_click_on_a_cell_shows_its_pictures_and_a_link_too(
    address: str, audited: AuditedRuns, page: sync_api.Page, browser: sync_api.Browser
) -> None:
    open_view(page, address, "intersections", slice="all", **DRAWN)
    page.locator('path[aria-roledescription="rect mark"][aria-label*="man & Monk 8"]').first.click()
    page.wait_for_url("**second=monk-8**")
    expected = [
        one
        for one in told(audited, "mostly light").values()
        if (one["gender presentation"], one["skin tone"]) == ("man", "monk-8")
    ]
    says(page, f"{len(expected)} pictures of {len(expected)}")
    assert sorted(shown(page)) == sorted(str(one["prompt"]) for one in expected)
    other = browser.new_page()
    other.set_default_timeout(WAIT)
    other.goto(page.url)
    says(other, f"{len(expected)} pictures of {len(expected)}")
    other.close()


def test_a_click_on_a_step_shows_its_rows(address: str, audited: AuditedRuns, page: sync_api.Page) -> None:
    place = {"attribute": "skin tone", "annotator": "skin-tone", "slice": "judge", "group": "monk-8"}
    open_view(page, address, "ledger", step="raw", **place, **DRAWN)
    says(page, "48 pictures of 48")
    page.locator('path[aria-roledescription="point"][aria-label*="step: kept by curation"]').last.click()
    page.wait_for_url("**step=kept**")
    kept = {row["sample_id"] for row in audited.data.read("decisions").to_pylist() if row["keep"]}
    captions = sorted(
        row["caption"]
        for row in audited.data.read("pairs").to_pylist()
        if row["sample_id"] in kept and "judge" in row["caption"]
    )
    says(page, f"{len(captions)} pictures of {len(captions)}")
    assert sorted(shown(page)) == captions


def test_a_click_on_a_difference_shows_its_seeds_side_by_side(address: str, page: sync_api.Page) -> None:
    query = {"run": "audits/plain", "against": "audits/guided", "attribute": "gender presentation", "slice": "all"}
    open_view(page, address, "compare", **query)
    says(page, "16 pairs of one prompt and seed")
    page.locator('path[aria-roledescription="point"][aria-label*="concept: judge"]').last.click()
    page.wait_for_url("**slice=judge**")
    says(page, "8 pairs of one prompt and seed")
    sync_api.expect(page.locator(".twin", has_text="there: ")).to_have_count(8, timeout=WAIT)
    sync_api.expect(page.locator('.twin img[alt*="firefighter"]')).to_have_count(0, timeout=WAIT)
    assert {one.removeprefix("pencil drawing of a ") for one in shown(page)} == {"judge"}
    page.reload()
    says(page, "8 pairs of one prompt and seed")
