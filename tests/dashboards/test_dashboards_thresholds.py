"""The page of thresholds: what another limit changes, for whom, at which pictures, and the recipe to decide by."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from grouped_source import RECIPE, SHORT, curate_grouped, write_grouped_source
from pages_on_show import html, open_page, tiles, words
from run_folder import MARKDOWN, SCRIPT, Runs, build_painted

from toolkit.curate.stage import curate, decide
from toolkit.store import RunFolder

RUN = "grouped/curated"
FREE = RECIPE | {"captions": {"min_words": 1, "boilerplate_rows": None}}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return curate_grouped(tmp_path_factory.mktemp("thresholds"), FREE)


def metric(app, label: str) -> str:
    return next(one.value for one in app.metric if one.label == label)


def test_an_unmoved_limit_changes_nothing(root: Path) -> None:
    app = open_page("thresholds", root, RUN, limit="captions.min_words")
    assert not app.exception
    assert metric(app, "Pairs that stay") == metric(app, "Stay by the run")
    assert metric(app, "No longer stay") == "0"
    assert "The limit changes nothing for any of them." in words(app)
    assert app.slider[0].value == 1


def test_a_moved_limit_says_how_many_stay_and_which_groups_lose(root: Path, tmp_path: Path) -> None:
    app = open_page("thresholds", root, RUN, limit="captions.min_words", **{"captions.min_words": "3"})
    assert not app.exception
    again = decide(root / "curated", tmp_path / "again", recipe=RECIPE)
    assert metric(app, "Pairs that stay") == f"{again.stages['curate']['counts']['kept']:,}"
    assert "woman (gender)" in words(app)
    assert "lose more often than the others of their attribute" in words(app)
    assert "woman (loses)" in words(app)
    assert "40 % [26, 55]" in words(app)
    assert words(app).index("woman (loses)") < words(app).index(" man ")


def test_the_slider_moves_the_address_and_the_address_the_slider(root: Path) -> None:
    app = open_page("thresholds", root, RUN, limit="captions.min_words")
    app.slider[0].set_value(3).run()
    assert not app.exception
    assert app.query_params["captions.min_words"] == "3"
    kept = metric(app, "Pairs that stay")
    other = open_page("thresholds", root, RUN, limit="captions.min_words", **{"captions.min_words": "3"})
    assert other.slider[0].value == 3
    assert metric(other, "Pairs that stay") == kept
    app.slider[0].set_value(1).run()
    assert "captions.min_words" not in app.query_params
    other.selectbox[0].set_value("pictures.min_side").run()
    assert not other.exception
    assert "captions.min_words" not in other.query_params, "the address holds one limit, the one that is shown"


@pytest.mark.parametrize("value", ["nan", "inf", "-1e999", "x", "", "1e9", "-5"])
def test_an_address_that_holds_no_limit_falls_back(root: Path, value: str) -> None:
    app = open_page("thresholds", root, RUN, limit="captions.min_words", **{"captions.min_words": value})
    assert not app.exception
    assert app.slider[0].min <= app.slider[0].value <= app.slider[0].max


def test_an_unknown_limit_falls_back_to_the_one_that_takes_most(root: Path, tmp_path: Path) -> None:
    (tmp_path / "grouped").mkdir()
    decide(root / "curated", tmp_path / "grouped" / "curated", recipe=RECIPE)
    app = open_page("thresholds", tmp_path / "grouped", RUN, limit="<b>")
    assert not app.exception
    assert app.selectbox[0].value == "captions.min_words"


def test_pictures_at_the_border_are_the_nearest_on_each_side(root: Path) -> None:
    app = open_page("thresholds", root, RUN, limit="captions.min_words", **{"captions.min_words": "3"})
    shown = [int(one.lines[0]) for one in tiles(app)]
    assert len(shown) == 20
    assert all(value >= 3 for value in shown[:10])
    assert all(value < 3 for value in shown[10:])
    captions = {one["caption"] for one in RunFolder(root / "curated").read("pairs").to_pylist()}
    assert {one.caption for one in tiles(app)} <= captions


def test_rows_that_would_have_to_be_scored_are_counted(tmp_path: Path) -> None:
    source = write_grouped_source(tmp_path / "source")
    (tmp_path / "grouped").mkdir()
    run = curate(source, tmp_path / "grouped" / "curated", recipe=RECIPE)
    skipped = sum("skipped" in dict(one).values() for one in run.read("scores")["unscored"].to_pylist())
    app = open_page("thresholds", tmp_path / "grouped", RUN, limit="captions.min_words", **{"captions.min_words": "1"})
    assert not app.exception
    assert skipped == sum(SHORT.values())
    assert f"{skipped} rows would have to be scored first" in words(app)
    assert f"tain decide {tmp_path / 'grouped' / 'curated'} --recipe recipe.yaml --out NEW --score" in words(app)


def test_a_limit_on_unsafe_pictures_shows_words_and_no_picture(root: Path, tmp_path: Path) -> None:
    source = write_grouped_source(tmp_path / "source")
    file = source / "metadata.jsonl"
    lines = file.read_text("utf-8").splitlines()
    file.write_text("\n".join(f'{line[:-1]}, "punsafe": {place / 200}}}' for place, line in enumerate(lines)), "utf-8")
    recipe = FREE | {"precomputed": {"punsafe": {"maximum": 0.9}}}
    (tmp_path / "grouped").mkdir()
    curate(source, tmp_path / "grouped" / "curated", recipe=recipe)
    key = "precomputed.punsafe.maximum"
    app = open_page("thresholds", tmp_path / "grouped", RUN, limit=key, **{key: "0.5"})
    assert not app.exception
    assert int(metric(app, "No longer stay")) > 10
    assert tiles(app) == []
    assert "Just dropped" in [one.value for one in app.header]


def test_captions_are_shown_as_they_are(tmp_path: Path) -> None:
    source = write_grouped_source(tmp_path / "source")
    file = source / "metadata.jsonl"
    lines = [json.loads(one) for one in file.read_text("utf-8").splitlines()][:8]
    for one, caption in zip(lines, (SCRIPT, MARKDOWN), strict=False):
        one["text"] = caption
    file.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    (tmp_path / "grouped").mkdir()
    recipe = FREE | {"captions": {"junk": None, "max_symbols": None, "max_repetition": None}}
    curate(source, tmp_path / "grouped" / "curated", recipe=recipe)
    key = "captions.min_characters"
    app = open_page("thresholds", tmp_path / "grouped", RUN, limit=key, **{key: "30"})
    assert not app.exception
    assert {SCRIPT, MARKDOWN} <= {one.caption for one in tiles(app)}
    assert "<script" not in html(app)


def test_a_run_that_no_recipe_decided_says_what_is_wrong(built: Runs, tmp_path: Path) -> None:
    build_painted(tmp_path / "runs" / "painted")
    app = open_page("thresholds", tmp_path / "runs", "runs/painted")
    assert not app.exception
    assert "holds no decisions that were made from scores" in words(app)
    other = open_page("thresholds", built.curated.path.parent, "runs/curated")
    assert not other.exception
    assert "has no scores called" in words(other)
