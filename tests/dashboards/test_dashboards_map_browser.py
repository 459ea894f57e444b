"""The map in a real Chromium: a lasso drawn with the mouse leads to the pictures under it, and captions are text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import numpy as np
import pytest
from audited import face, write_table
from audited_runs import UNSURE, AuditedRuns
from browsing import WAIT, serving_runs, settled, watched_page
from run_folder import MARKDOWN, SCRIPT
from scipy.spatial import KDTree

from toolkit.audit.stage import audit
from toolkit.report.map_layout import MAIN_DIRECTIONS, Layout, lay_out
from toolkit.report.map_pictures import Mapped, mapped, networks_of
from toolkit.report.map_region import inside, region_of
from toolkit.store import RunFolder

sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.browser

LINK = '<a href="https://example.com/">a link</a> <b>bold</b> %{x} $x^2$ &lt;i&gt; "quoted"'
PROMPTS = (SCRIPT, MARKDOWN, LINK, "judge")
DOTS = ".js-plotly-plot .drag"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """An audit of pictures whose prompts are markup."""
    folder = tmp_path_factory.mktemp("hostile") / "runs"
    rows = [
        {"prompt": prompt, "pixels": face((234, 218, 186), coat=(60 * place, 90, 250 - 60 * place)), "seed": place}
        for place, prompt in enumerate(PROMPTS)
    ]
    recipe = {"annotators": ["clip"]} | UNSURE
    return audit(write_table(folder / "table", rows), folder / "hostile", recipe=recipe)


@pytest.fixture(scope="module")
def address(audited: AuditedRuns, hostile: RunFolder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving_runs([audited.drawn.path.parent, hostile.path.parent], tmp_path_factory) as found:
        yield found


@pytest.fixture
def page(browser: sync_api.Browser) -> Iterator[sync_api.Page]:
    with watched_page(browser, 1600) as opened:
        yield opened
        assert opened.title() == "Tain"


def mapped_and_laid(run: RunFolder) -> tuple[Mapped, Layout]:
    found = mapped(run, networks_of(run)[0])
    return found, lay_out(found.vectors(run), MAIN_DIRECTIONS)


def open_map(page: sync_api.Page, address: str, run: str, **query: str) -> None:
    page.goto(f"{address}/map?{urlencode({'run': run} | query)}")
    page.wait_for_selector(DOTS)
    settled(page)


def on_screen(page: sync_api.Page, points: np.ndarray) -> list[tuple[float, float]]:
    """Return where `points` of the map lie on the page, in pixels."""
    found: list[list[float]] = page.evaluate(
        """points => {
            const plot = document.querySelector('.js-plotly-plot'), box = plot.getBoundingClientRect();
            const {xaxis, yaxis} = plot._fullLayout;
            const [left, top] = [box.left + xaxis._offset, box.top + yaxis._offset];
            return points.map(([x, y]) => [left + xaxis.l2p(x), top + yaxis.l2p(y)]);
        }""",
        points.tolist(),
    )
    return [(x, y) for x, y in found]


def draw(page: sync_api.Page, corners: np.ndarray) -> None:
    """Draw around `corners` with the mouse."""
    (x, y), *others = on_screen(page, corners)
    page.mouse.move(x, y)
    page.mouse.down()
    for at in [*others, (x, y)]:
        page.mouse.move(*at, steps=8)
    page.mouse.up()


def region_in(url: str) -> np.ndarray:
    (text,) = parse_qs(urlsplit(url).query)["region"]
    region = region_of(text)
    assert region is not None
    return region


def a_handful(points: np.ndarray) -> np.ndarray:
    """Return a triangle around some of `points`, none of which lies near its outline."""
    random = np.random.default_rng(0)
    for _ in range(10_000):
        corners = random.uniform(-0.9, 0.9, (3, 2))
        middle = corners.mean(axis=0)
        within, closely, widely = (
            inside(points.astype(float), middle + scale * (corners - middle)) for scale in (1, 0.9, 1.1)
        )
        if 5 <= within.sum() <= 40 and (closely == widely).all():
            return corners
    raise AssertionError("no triangle holds a handful of these points")


def captions(page: sync_api.Page) -> list[str]:
    return page.locator(".tiles figcaption b").all_inner_texts()


def test_a_lasso_leads_to_the_pictures_under_it_and_its_link_restores_them(
    address: str, page: sync_api.Page, browser: sync_api.Browser, audited: AuditedRuns
) -> None:
    found, laid = mapped_and_laid(audited.drawn)
    corners = a_handful(laid.points)
    open_map(page, address, "audits/drawn")
    draw(page, corners)
    page.wait_for_url("**region=*")
    under = inside(laid.points.astype(float), corners)
    expected = sorted(found.pictures.filter(under)["caption"].to_pylist())
    sync_api.expect(page.locator(".tiles img")).to_have_count(len(expected), timeout=WAIT)
    assert sorted(captions(page)) == expected
    np.testing.assert_array_equal(inside(laid.points.astype(float), region_in(page.url)), under)
    page.get_by_text(f"{len(expected)} pictures of {found.total}").wait_for()
    other = browser.new_page()
    other.goto(page.url)
    sync_api.expect(other.locator(".tiles img")).to_have_count(len(expected), timeout=WAIT)
    other.wait_for_selector(DOTS)
    assert sorted(captions(other)) == expected
    assert other.locator(".js-plotly-plot .selectionlayer path").count() > 0
    other.close()


def test_a_cleared_map_shows_no_pictures_and_a_second_lasso_others(
    address: str, page: sync_api.Page, audited: AuditedRuns
) -> None:
    found, laid = mapped_and_laid(audited.drawn)
    open_map(page, address, "audits/drawn")
    draw(page, np.array([[-0.99, -0.99], [0.99, -0.99], [0.99, 0.99], [-0.99, 0.99]]))
    page.wait_for_url("**region=*")
    page.get_by_role("button", name="Clear the selection").click()
    sync_api.expect(page.locator(".tiles img")).to_have_count(0, timeout=WAIT)
    settled(page)
    assert "region" not in page.url
    assert page.locator(".js-plotly-plot .selectionlayer path").count() == 0
    corners = a_handful(laid.points)
    draw(page, corners)
    page.wait_for_url("**region=*")
    under = inside(laid.points.astype(float), corners)
    sync_api.expect(page.locator(".tiles img")).to_have_count(int(under.sum()), timeout=WAIT)
    assert sorted(captions(page)) == sorted(found.pictures.filter(under)["caption"].to_pylist())


def test_a_box_and_a_click_select_too(address: str, page: sync_api.Page, audited: AuditedRuns) -> None:
    found, laid = mapped_and_laid(audited.drawn)
    open_map(page, address, "audits/drawn")
    page.locator(".js-plotly-plot").hover()
    page.locator('[data-title="Box Select"]').click()
    (x0, y0), (x1, y1) = on_screen(page, np.array([[-0.5, -0.5], [0.0, 0.0]]))
    page.mouse.move(x0, y0)
    page.mouse.down()
    page.mouse.move(x1, y1, steps=8)
    page.mouse.up()
    page.wait_for_url("**region=*")
    under = inside(laid.points.astype(float), region_in(page.url))
    page.get_by_text(f"{under.sum()} pictures of {found.total}").wait_for()
    page.get_by_role("button", name="Clear the selection").click()
    page.wait_for_url(lambda url: "region" not in url)
    settled(page)
    page.locator(".js-plotly-plot").hover()
    page.locator('[data-title="Pan"]').click()
    apart, _ = KDTree(laid.points).query(laid.points, k=2)
    lonely = int(apart[:, 1].argmax())
    ((x, y),) = on_screen(page, laid.points[[lonely]])
    page.mouse.move(x, y)
    page.wait_for_selector(".hoverlayer .hovertext")
    page.mouse.click(x, y)
    page.wait_for_url("**picture=*")
    sync_api.expect(page.locator(".tiles img")).to_have_count(1, timeout=WAIT)
    kind, name = found.ids()[lonely]
    assert parse_qs(urlsplit(page.url).query)["picture"] == [f"{kind}/{name}"]


def test_words_lead_to_pictures_without_a_mouse(address: str, page: sync_api.Page, audited: AuditedRuns) -> None:
    found, _ = mapped_and_laid(audited.drawn)
    open_map(page, address, "audits/drawn")
    box = page.get_by_role("textbox", name="Caption holds")
    box.focus()
    page.keyboard.type("number 7")
    page.keyboard.press("Enter")
    expected = sorted(one for one in found.pictures["caption"].to_pylist() if "number 7" in one)
    sync_api.expect(page.locator(".tiles img")).to_have_count(len(expected), timeout=WAIT)
    assert sorted(captions(page)) == expected


@pytest.mark.parametrize("place", range(len(PROMPTS)))
def test_hostile_captions_hover_as_text(address: str, page: sync_api.Page, hostile: RunFolder, place: int) -> None:
    found, laid = mapped_and_laid(hostile)
    open_map(page, address, "runs/hostile", colour="concept")
    row = found.pictures["caption"].to_pylist().index(PROMPTS[place])
    ((x, y),) = on_screen(page, laid.points[[row]])
    page.mouse.move(x, y)
    page.wait_for_selector(".hoverlayer .hovertext")
    said = "".join((page.locator(".hoverlayer .hovertext").text_content() or "").split())
    assert "".join(PROMPTS[place].split()) in said
    plot = page.locator(".js-plotly-plot")
    assert plot.locator(".hoverlayer a, .hoverlayer script, .legend a, [onerror], image").count() == 0
    assert "".join(PROMPTS[place].split())[:12] in "".join((plot.locator(".legend").text_content() or "").split())


def test_the_chart_says_what_it_shows(address: str, page: sync_api.Page, audited: AuditedRuns) -> None:
    found, _ = mapped_and_laid(audited.drawn)
    open_map(page, address, "audits/drawn")
    figure: Any = page.get_by_role("figure", name=f"Map of {found.total} pictures")
    assert figure.count() == 1
    assert Path(urlsplit(page.url).path).name == "map"
