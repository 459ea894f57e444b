"""The page of composition: bars with counts and shares, and the pictures behind each."""

from __future__ import annotations

from pathlib import Path

import pytest
from copied_source import LARGER, OTHERS, SMALLER, curate_copied
from pages_on_show import chart_rows, html, open_page, text, tiles, words
from run_folder import MARKDOWN, SCRIPT, Runs

from dashboards.pages import composition

RUN = "copied/curated"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return curate_copied(tmp_path_factory.mktemp("composition"))


def test_bars_and_table_count_kept_and_all(root: Path) -> None:
    app = open_page("composition", root, RUN, by="size")
    assert not app.exception
    drawn = {(one["value"], one["kind"]): one["rows"] for one in chart_rows(app)}
    assert drawn == {
        ("32 to 63 px", "kept"): 0,
        ("32 to 63 px", "not kept"): 1,
        ("64 to 127 px", "kept"): 8,
        ("64 to 127 px", "not kept"): 3,
    }
    assert "64 to 127 px 11 92 % 8 73 % 100 %" in words(app)


def test_pictures_are_those_of_the_value_and_the_status(root: Path) -> None:
    app = open_page("composition", root, RUN, by="size", value="32 to 63 px")
    assert [one.caption for one in tiles(app)] == [SMALLER]
    assert "looks the same as row" in tiles(app)[0].lines[1]
    kept = open_page("composition", root, RUN, by="size", value="64 to 127 px", status="kept")
    assert not kept.exception
    captions = {one.caption for one in tiles(kept)}
    assert {LARGER, *OTHERS} <= captions
    assert len(captions) == 8
    dropped = open_page("composition", root, RUN, by="size", value="64 to 127 px", status="not kept")
    assert len(tiles(dropped)) == 3
    assert {SCRIPT, MARKDOWN} & {one.caption for one in tiles(dropped)}
    assert "<script" not in html(dropped)


def test_another_facet_forgets_the_value(root: Path) -> None:
    app = open_page("composition", root, RUN, by="size", value="32 to 63 px")
    app.selectbox[0].set_value("shape").run()
    assert not app.exception
    assert app.query_params["by"] == "shape"
    assert app.query_params["value"] == "square"


@pytest.mark.parametrize("address", [{"by": "<b>"}, {"value": "<b>"}, {"status": "x"}, {"page": "99"}])
def test_an_address_that_names_nothing_falls_back(root: Path, address: dict[str, str]) -> None:
    app = open_page("composition", root, RUN, **address)
    assert not app.exception
    assert tiles(app)


def test_many_values_are_summed_up(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composition, "MOST_BARS", 1)
    app = open_page("composition", root, RUN, by="size")
    assert {one["value"] for one in chart_rows(app)} == {"32 to 63 px"}
    assert "And 1 value more" in words(app)
    assert "32 to 63 px 1 8 % 0 0 % 0 %" in words(app), "shares are of all pairs"


def test_blurred_pictures_stay_blurred(built: Runs) -> None:
    app = open_page("composition", built.curated.path.parent, "runs/curated", by="source", value="openclipart")
    assert not app.exception
    assert any("blurred: quarantined" in one.lines for one in tiles(app))


def test_a_run_without_pairs_says_what_to_do(tmp_path: Path) -> None:
    from run_folder import build_painted

    build_painted(tmp_path / "runs" / "painted")
    app = open_page("composition", tmp_path / "runs", "runs/painted")
    assert not app.exception
    assert "holds no pairs" in text(app)
    assert "holds no decisions" in text(open_page("duplicates", tmp_path / "runs", "runs/painted"))
