"""Whatever a caption holds, its picture has it as an alternative text in Chromium, in words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import WAIT, serving_runs, settled, watched_page
from run_folder import MARKDOWN, SCRIPT, photograph

from toolkit import schema
from toolkit.images import encode_png
from toolkit.seeds import content_hash, stable_hash
from toolkit.store import RunFolder, create_run

sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.browser

HOSTILE = (
    SCRIPT,
    MARKDOWN,
    "a comment --> that ends",
    "a section ]]> that ends",
    "</title>a cat",
    "</STYLE >a cat",
    "</script\t\n bar>a cat",
    "</textarea></noscript></iframe></xmp>",
    "<b>a bold cat</b>",
    "\"quoted\" 'cat' onerror=alert(1)",
    "&lt;/script&gt; as text",
    "<<<->>>",
    "a cat\nover two lines",
    "{{ 1 + 1 }} ${x}",
)
BLANK = ("", " \n\t ")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run of data whose captions are hostile, or hold nothing."""
    made = create_run(tmp_path_factory.mktemp("hostile") / "captions")
    image = encode_png(photograph(1))
    rows = [
        {
            "sample_id": stable_hash("hostile", caption),
            "content_id": content_hash(image),
            "caption": caption,
            "image": {"bytes": image, "path": None},
            "source": "web",
        }
        for caption in (*HOSTILE, *BLANK)
    ]
    with made.stage("curate"):
        made.write_shard("pairs", 0, schema.from_rows("pairs", rows))
    return made


@pytest.fixture
def page(
    browser: sync_api.Browser, run: RunFolder, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[sync_api.Page]:
    with serving_runs([Path(run.path)], tmp_path_factory) as address, watched_page(browser, 900) as opened:
        opened.goto(f"{address}/gallery")
        yield opened


def test_every_picture_has_the_words_of_its_caption(page: sync_api.Page) -> None:
    shown = page.locator("img:visible")
    sync_api.expect(page.locator(".tiles img")).to_have_count(len(HOSTILE) + len(BLANK), timeout=WAIT)
    settled(page)
    alts = [one.get_attribute("alt") or "" for one in shown.all()]
    assert all(one.strip() for one in alts)
    read = [one.replace("‹", "<").replace("›", ">") for one in alts]
    assert sorted(read) == sorted([*HOSTILE, *["a picture without a caption"] * len(BLANK)])
    assert page.title() == "Tain"
