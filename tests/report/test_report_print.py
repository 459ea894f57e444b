"""The report on paper, as Chromium prints it; and a report on 10,000 pictures, which must stay small and quick."""

from __future__ import annotations

import re
import time

import numpy as np
import pytest
from run_folder import Runs

from toolkit.audit.stage import audit
from toolkit.images import encode_png
from toolkit.report.stage import write_report

PICTURES, DISTINCT, PROMPTS = 10_000, 500, 100


def count_of(selector: str, condition: str) -> str:
    """Return a script that counts the elements of `selector` of which `condition` on `e` holds."""
    return f"() => [...document.querySelectorAll({selector!r})].filter(e => {condition}).length"


@pytest.mark.browser
def test_on_paper_it_is_dark_on_light_within_the_page_and_nothing_stays_folded(browser, runs: Runs) -> None:
    page = browser.new_page(viewport={"width": 718, "height": 1000}, color_scheme="dark")  # A4 less its margins
    page.goto(write_report(runs.audit).as_uri())

    def luminances() -> list[int]:
        colours = page.evaluate(
            "() => { const s = getComputedStyle(document.body); return [s.color, s.backgroundColor] }"
        )
        return [sum(int(part) for part in re.findall(r"\d+", one)[:3]) for one in colours]

    ink, paper = luminances()
    assert ink > paper  # on a dark screen
    page.emulate_media(media="print")
    ink, paper = luminances()
    assert ink < 150 < 600 < paper
    assert page.evaluate(count_of(".chart, .scroll", "getComputedStyle(e).overflowX != 'visible'")) == 0
    assert page.evaluate(count_of("svg", "e.getBoundingClientRect().width > innerWidth")) == 0
    hidden = "!e.checkVisibility({contentVisibilityAuto: true})"
    assert page.evaluate(count_of("details:not([open]) > *:not(summary)", hidden)) == 0
    assert page.pdf(format="A4").count(b"/Type /Page\n") > 1
    page.close()


@pytest.mark.slow
def test_a_report_on_10_000_pictures_stays_under_5_mb(tmp_path) -> None:
    stream = np.random.default_rng(0)
    for place in range(DISTINCT):
        pixels = np.full((64, 64, 3), stream.integers(0, 256, 3), np.uint8)
        pixels[8:56, 8:56] = stream.integers(0, 256, (48, 48, 3))
        (tmp_path / f"{place}.png").write_bytes(encode_png(pixels))
    lines = [f"role {one % PROMPTS},{one % DISTINCT}.png,their model,{one}" for one in range(PICTURES)]
    (tmp_path / "theirs.csv").write_text("\n".join(["prompt,image,model,seed", *lines]))
    run = audit(tmp_path / "theirs.csv", tmp_path / "run", recipe={"annotators": ["skin-tone"]})
    assert run.read("labels").num_rows == PICTURES
    start = time.perf_counter()
    page = write_report(run)
    seconds = time.perf_counter() - start
    print(f"\n{page.stat().st_size / 1e6:.2f} MB in {seconds:.1f} s")
    assert page.stat().st_size < 5_000_000
    assert seconds < 60  # 10 s on one core, other work beside it
