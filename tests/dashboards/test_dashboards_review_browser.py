"""People review in a real Chromium: by keyboard, two at once, and nothing tells them what others said."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import WAIT, serving_runs, settled, watched_page
from run_folder import REPLICATES, Runs

from toolkit.audit.reviewing.log import ReviewLog
from toolkit.audit.reviewing.queues import random_order
from toolkit.audit.reviews import read_reviews

sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.browser
REACTION = 150  # milliseconds; nobody presses a key sooner after a picture has come up
N = 2 * REPLICATES - 1
GENDER = "gender presentation"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a dashboard, and the folder of runs that it serves."""
    root = tmp_path_factory.mktemp("reviewed")
    with serving_runs([root], tmp_path_factory) as address:
        yield address, root


class Place:
    """A run of its own to review, and its address."""

    def __init__(self, served: tuple[str, Path], built: Runs, name: str) -> None:
        address, root = served
        shutil.copytree(built.audit.path.parent, root / name)
        self.path = root / name / "audit"
        self.address = f"{address}/review?run={root.name}/{name}/audit&attribute=gender+presentation"

    def said(self) -> list[tuple[str, str, str | None]]:
        found = ReviewLog(self.path).standing()
        return [(one.review.reviewer, one.review.subject_id, one.review.value) for one in found]


@pytest.fixture
def place(served: tuple[str, Path], built: Runs, request: pytest.FixtureRequest) -> Place:
    return Place(served, built, request.node.name)


@pytest.fixture
def page(browser: sync_api.Browser) -> Iterator[sync_api.Page]:
    with watched_page(browser, 900) as opened:
        yield opened


def order(built: Runs) -> list[str]:
    rows = built.audit.read("samples").to_pylist()
    return random_order([row["request_id"] for row in rows if not row["error"]], GENDER)


def answered(page: sync_api.Page, reviewer: str, count: int) -> None:
    """Wait until the page says that `reviewer` has reviewed `count` pictures, and shows the next one with its keys."""
    page.get_by_text(f"{reviewer}: {count} of {N} pictures").wait_for()
    settled(page)
    page.get_by_role("button", name="Undo").wait_for()  # buttons come last, and their keys with them
    page.wait_for_timeout(REACTION)


def at_rest(page: sync_api.Page, place: Place) -> int:
    """Wait until no key of ann's is on its way: the page counts what the log holds, and goes on doing so. Return it."""
    while True:  # as long as a test may take
        seen = len(place.said())
        shown = page.get_by_text(f"ann: {seen} of {N} pictures")
        page.wait_for_timeout(2_000)
        settled(page)
        if shown.count() and seen == len(place.said()):
            return seen


def test_a_picture_is_labelled_by_one_key(place: Place, page: sync_api.Page, built: Runs) -> None:
    page.goto(place.address)
    page.get_by_role("textbox", name="Your name").fill("ann")
    page.keyboard.press("Enter")
    page.get_by_role("textbox").wait_for(state="detached")
    answered(page, "ann", 0)
    for done, key in enumerate("12x1", start=1):  # man, woman, can't tell, man
        page.keyboard.press(key)
        answered(page, "ann", done)
    page.keyboard.press("u")
    answered(page, "ann", 3)
    wanted = order(built)
    assert place.said() == [
        ("ann", wanted[0], "man"),
        ("ann", wanted[1], "woman"),
        ("ann", wanted[2], None),
    ]
    page.keyboard.press("p")
    page.get_by_text("Its prompt: ").wait_for()
    page.reload()
    answered(page, "ann", 3)  # who reviews, what and where stands in the address and in the run
    page.get_by_text("Its prompt: ").wait_for()
    page.keyboard.press("2")
    answered(page, "ann", 4)
    assert place.said()[-1] == ("ann", wanted[3], "woman")
    assert ReviewLog(place.path).standing()[-1].review.prompt_shown


def test_two_browsers_at_once_lose_nothing(place: Place, browser: sync_api.Browser, built: Runs) -> None:
    pages = {name: browser.new_context().new_page() for name in ("ann", "ben")}
    for name, page in pages.items():
        page.set_default_timeout(WAIT)
        page.goto(f"{place.address}&reviewer={name}")
        answered(page, name, 0)
    for done in range(1, 9):
        for page in pages.values():  # both press before either has seen an answer
            page.keyboard.press("12"[done % 2])
        for name, page in pages.items():
            answered(page, name, done)
    wanted = [(name, value) for name, value in zip(order(built), ["woman", "man"] * 4, strict=False)]
    for name, page in pages.items():
        assert [one[1:] for one in place.said() if one[0] == name] == wanted
        page.context.close()


def test_one_reviewer_in_two_browsers_loses_nothing_either(
    place: Place, browser: sync_api.Browser, built: Runs
) -> None:
    pages = [browser.new_context().new_page() for _ in range(2)]
    for page in pages:
        page.set_default_timeout(WAIT)
        page.goto(f"{place.address}&reviewer=ann")
        answered(page, "ann", 0)
    for page, key in zip(pages, "12", strict=True):  # both see the first picture
        page.keyboard.press(key)
        answered(page, "ann", 1)
    first = order(built)[0]
    assert place.said() == [("ann", first, "man"), ("ann", first, "woman")]
    assert [row["value"] for row in read_reviews([str(place.path)])] == ["woman"]  # the last counts
    pages[0].keyboard.press("u")
    pages[0].wait_for_timeout(500)
    assert place.said() == [("ann", first, "man")]
    for page in pages:
        page.context.close()


def test_a_key_that_is_held_down_answers_no_picture_twice(place: Place, page: sync_api.Page, built: Runs) -> None:
    page.goto(f"{place.address}&reviewer=ann")
    answered(page, "ann", 0)
    for pause in (0, 30, 100):
        for key in "112211":
            page.keyboard.press(key)
            page.wait_for_timeout(pause)
    seen = at_rest(page, place)
    page.keyboard.press("1")
    answered(page, "ann", seen + 1)
    assert [name for _, name, _ in place.said()] == order(built)[: seen + 1]


def test_the_export_is_read_as_reviews(place: Place, page: sync_api.Page, tmp_path: Path) -> None:
    page.goto(f"{place.address}&reviewer=%3DHYPERLINK(1)")
    for done in range(3):
        answered(page, "=HYPERLINK(1)", done)
        page.keyboard.press("1")
    answered(page, "=HYPERLINK(1)", 3)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export all reviews as CSV").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.name == "reviews.csv"
    found, logged = read_reviews([str(file)]), read_reviews([str(place.path)])
    assert [row | {"reviewer": ""} for row in found] == [row | {"reviewer": ""} for row in logged]
    assert {row["reviewer"] for row in found} == {"'=HYPERLINK(1)"}  # no spreadsheet takes it for a formula
    assert {row["inclusion_probability"] for row in found} == {3 / N}


def test_nothing_that_reaches_the_browser_tells_a_reviewer_what_is_shown(place: Place, page: sync_api.Page) -> None:
    received: list[bytes] = []

    def listen(socket: sync_api.WebSocket) -> None:
        socket.on("framereceived", lambda frame: received.append(frame if isinstance(frame, bytes) else frame.encode()))

    page.on("websocket", listen)
    page.goto(f"{place.address}&reviewer=ann")
    for done in range(5):
        answered(page, "ann", done)
        page.keyboard.press("1")
    answered(page, "ann", 5)
    sent = b"\n".join(received)
    assert b"Show its prompt" in sent  # the frames can be read
    assert not [word for word in (b"judge", b"firefighter", b"clip") if word in sent]


def test_figures_change_with_each_answer(place: Place, page: sync_api.Page) -> None:
    page.goto(f"{place.address}&reviewer=ann")
    answered(page, "ann", 0)
    for done in range(1, 11):
        page.keyboard.press("1")
        answered(page, "ann", done)
    page.get_by_text("Show what all reviews say so far").click()
    page.get_by_text("Corrected by reviews").wait_for()
    page.wait_for_url("**figures=shown**")
    before = page.locator("table").first.inner_text()
    page.locator("img.review").click()
    page.keyboard.press("2")
    answered(page, "ann", 11)
    sync_api.expect(page.locator("table").first).not_to_have_text(before)
    assert page.locator('[data-testid="stException"]').count() == 0
