"""The dashboard in a real Chromium: every page opens, a mark leads to its pictures, a caption does nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browsing import WAIT, serving_runs, settled, watched_page
from run_folder import MARKDOWN, REPLICATES, SCRIPT, Runs

sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(built: Runs, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a dashboard that is being served."""
    with serving_runs([built.audit.path.parent], tmp_path_factory) as found:
        yield found


@pytest.fixture
def page(browser: sync_api.Browser) -> Iterator[sync_api.Page]:
    with watched_page(browser, 900) as opened:
        yield opened


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("", "Whom do these pictures show?"),
        ("curation", "What curation kept"),
        ("retention", "Who is left out"),
        ("bias", "Bias explorer"),
        ("intersections", "Intersections"),
        ("ledger", "Ledger"),
        ("compare", "Compare"),
        ("mitigation", "Mitigation"),
        ("gallery", "Gallery"),
        ("safety", "Content and safety"),
        ("diversity", "Diversity and memory"),
        ("map", "Map"),
        ("review", "Review"),
        ("methods", "Methods and export"),
    ],
)
def test_every_page_opens_from_its_address(address: str, page: sync_api.Page, path: str, title: str) -> None:
    page.goto(f"{address}/{path}")
    page.get_by_role("heading", name=title).wait_for()
    page.wait_for_selector('[data-testid="stStatusWidget"]', state="detached")
    assert page.locator('[data-testid="stException"]').count() == 0
    assert page.title() == "Tain"


def test_finding_leads_to_its_pictures(address: str, page: sync_api.Page) -> None:
    page.goto(address)
    page.get_by_text("See the pictures").nth(1).click()
    page.get_by_text(f"{REPLICATES - 1} pictures of {REPLICATES - 1}").wait_for()
    settled(page)
    assert "slice=judge" in page.url
    assert {one.get_attribute("alt") for one in page.locator(".tiles img").all()} == {"judge"}
    page.wait_for_function("[...document.querySelectorAll('.tiles img')].every(one => one.complete)")
    widths = page.locator(".tiles img").evaluate_all("pictures => pictures.map(one => one.naturalWidth)")
    assert widths == [64] * (REPLICATES - 1)


def test_click_on_a_mark_shows_the_pictures_it_counts(address: str, page: sync_api.Page, built: Runs) -> None:
    page.goto(f"{address}/bias?attribute=gender+presentation&annotator=clip&group=man&slice=firefighter&read=man")
    page.get_by_text("9 pictures of 12").wait_for()
    page.locator('path[aria-roledescription="point"][aria-label*="judge"]').click()
    page.get_by_text(f"1 picture of {REPLICATES - 1}").wait_for()
    page.wait_for_url("**slice=judge**")
    expected = [
        row
        for row in built.audit.read("labels").to_pylist()
        if row["value"] == "man" and row["subject_kind"] == "sample"
    ]
    judges = {row["request_id"] for row in built.audit.read("requests").to_pylist() if row["prompt"] == "judge"}
    assert sum(row["subject_id"] in judges for row in expected) == 1
    sync_api.expect(page.locator(".tiles img")).to_have_count(1)
    assert "man, 80" in page.locator(".tiles").inner_text()


def test_copied_link_restores_the_view(address: str, browser: sync_api.Browser, page: sync_api.Page) -> None:
    page.goto(f"{address}/gallery")
    page.get_by_role("textbox", name="Prompt holds").fill("judge")
    page.keyboard.press("Enter")
    page.get_by_text(f"{REPLICATES} pictures of {2 * REPLICATES}").wait_for()
    page.wait_for_url("**words=judge**")
    other = browser.new_page()
    other.goto(page.url)
    other.get_by_text(f"{REPLICATES} pictures of {2 * REPLICATES}").wait_for(timeout=WAIT)
    other.close()


class SlowAnswers:
    """The connection of a page to its server, whose answers can be held back."""

    def __init__(self, page: sync_api.Page) -> None:
        self.holding = False
        self.held: list[str | bytes] = []
        page.route_web_socket("**/_stcore/stream", self._connect)

    def _connect(self, route: sync_api.WebSocketRoute) -> None:
        self._page = route
        route.connect_to_server().on_message(self._answer)

    def _answer(self, message: str | bytes) -> None:
        if self.holding:
            self.held.append(message)
        else:
            self._page.send(message)

    def give(self, number: int) -> None:
        """Let the first answers through that were held back."""
        for message in self.held[:number]:
            self._page.send(message)
        del self.held[:number]


def test_an_answer_that_comes_late_takes_no_choice_back(address: str, page: sync_api.Page) -> None:
    answers = SlowAnswers(page)
    page.goto(f"{address}/bias?attribute=gender+presentation&annotator=clip&group=man&slice=judge&read=any")
    page.get_by_text(f"{REPLICATES - 1} pictures of {REPLICATES - 1}").wait_for()
    settled(page)
    boxes = [page.get_by_role("combobox", name=label) for label in ("Concept", "Read as")]
    answers.holding = True
    late = []
    for box, value in zip(boxes, ("firefighter", "woman"), strict=True):
        box.fill(value)
        box.press("Enter")
        page.wait_for_timeout(1000)
        late.append(len(answers.held))
    assert 0 < late[0] < late[1]
    answers.give(late[0])  # of the first choice, when the second is made already
    page.wait_for_timeout(500)
    assert [box.input_value() for box in boxes] == ["firefighter", "woman"]
    answers.holding = False
    answers.give(len(answers.held))
    page.get_by_text("2 pictures of 12").wait_for()
    page.wait_for_url("**read=woman**")


def test_quarantined_picture_is_sharp_only_after_a_click(address: str, page: sync_api.Page) -> None:
    page.goto(f"{address}/curation?run=runs/curated&part=quarantined: unsafe")
    page.get_by_text("blurred: quarantined").wait_for()
    blurred = page.locator(".tiles img").get_attribute("src")
    page.get_by_role("button", name="Show", exact=True).click()
    page.get_by_text("shown on request: quarantined").wait_for()
    sharp = page.locator(".tiles img").get_attribute("src")
    assert len(sharp) > 2 * len(blurred)
    page.reload()
    page.get_by_text("blurred: quarantined").wait_for()
    assert page.locator(".tiles img").get_attribute("src") == blurred


def test_a_thumbnail_is_loaded_once_and_then_kept(address: str, page: sync_api.Page) -> None:
    sizes = """() => performance.getEntriesByType("resource").filter(one => one.name.includes("/thumbnails/"))
        .map(one => one.transferSize)"""
    for kept in (False, True):
        page.goto(f"{address}/gallery?kind=painted&concept=judge")
        page.wait_for_function(
            f"[...document.querySelectorAll('.tiles img')].filter(one => one.naturalWidth).length === {REPLICATES - 1}"
        )
        found = page.evaluate(sizes)
        assert len(found) == REPLICATES - 1
        assert [size == 0 for size in found] == [kept] * len(found)
    assert page.locator(".tiles img").first.get_attribute("loading") == "lazy"


def test_hostile_caption_does_nothing(address: str, page: sync_api.Page) -> None:
    page.goto(f"{address}/gallery?run=runs/curated&source=openclipart")
    page.get_by_text("8 pictures of 16").wait_for()
    shown = page.locator(".tiles").first.inner_text()
    assert SCRIPT in shown
    assert MARKDOWN in shown
    assert page.title() == "Tain"
    assert page.locator(".tiles script, .tiles [onerror], .tiles a").count() == 0
