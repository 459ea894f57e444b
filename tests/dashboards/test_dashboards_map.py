"""The page of the map: dots by what the tables say, regions and words that lead to their pictures, links that hold."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from audited_runs import AuditedRuns
from pages_on_show import addresses, html, open_page, select, text, tiles, words
from run_folder import Runs, read_as
from streamlit.testing.v1 import AppTest

from dashboards.mapping import layouts
from dashboards.mapping.layouts import maps_folder
from toolkit.report import map_layout
from toolkit.report.labels import labels_by_picture
from toolkit.report.map_layout import LAYOUTS, MAIN_DIRECTIONS, NEIGHBOURS, Layout, lay_out
from toolkit.report.map_pictures import CONCEPT, STATUS, SUBJECT, Mapped, mapped, networks_of
from toolkit.report.map_region import inside, region_of, region_text, rounded_region
from toolkit.store import RunFolder

DRAWN = "audits/drawn"
EVERYWHERE = "-2000.-2000_2000.-2000_2000.2000_-2000.2000"


@pytest.fixture(scope="module")
def found(audited: AuditedRuns) -> Mapped:
    return mapped(audited.drawn, networks_of(audited.drawn)[0])


@pytest.fixture(scope="module")
def laid(audited: AuditedRuns, found: Mapped) -> Layout:
    return lay_out(found.vectors(audited.drawn), MAIN_DIRECTIONS)


def page(audited: AuditedRuns, **address: str) -> AppTest:
    app = open_page("map", audited.drawn.path.parent, DRAWN, **address)
    assert not app.exception
    return app


def chart(app: AppTest) -> dict:
    """Return what the chart of the page is drawn from."""
    (drawn,) = app.get("plotly_chart")
    return json.loads(drawn.proto.spec)


def dots(app: AppTest) -> int:
    return sum(len(trace["hovertext"]) for trace in chart(app)["data"] if "hovertext" in trace)


def around(points: np.ndarray) -> str:
    """Return the address of a region around `points`."""
    (left, bottom), (right, top) = points.min(axis=0) - 0.02, points.max(axis=0) + 0.02
    region = rounded_region([left, right, right, left], [bottom, bottom, top, top])
    assert region is not None
    return region_text(region)


def test_every_picture_is_a_dot_in_the_hue_of_its_value(audited: AuditedRuns, found: Mapped) -> None:
    app = page(audited)
    assert f"All {found.total:,} pictures that have an embedding." in text(app)
    names = {trace["name"]: len(trace["hovertext"]) for trace in chart(app)["data"]}
    subjects = found.pictures[SUBJECT].to_pylist()
    assert names == {one: subjects.count(one) for one in set(subjects)}
    assert "variance" in words(app)
    assert tiles(app) == []


@pytest.mark.parametrize("by", [STATUS, CONCEPT, "skin tone (skin tone)"])
def test_colours_say_what_is_chosen(audited: AuditedRuns, found: Mapped, by: str) -> None:
    app = page(audited, colour=by)
    assert select(app, "Colour by").value == by
    values = found.told(by, labels_by_picture(audited.drawn))
    assert len(chart(app)["data"]) == min(len(set(values)), 8)
    assert dots(app) == len(values)


def test_a_region_leads_to_the_pictures_in_it(audited: AuditedRuns, found: Mapped, laid: Layout) -> None:
    region = around(laid.points[:20])
    app = page(audited, region=region)
    polygon = region_of(region)
    assert polygon is not None
    taken = inside(laid.points.astype(float), polygon)
    assert f"{taken.sum():,} pictures of {found.total:,} selected" in words(app)
    shown = [one.caption for one in tiles(app)]
    rows = found.pictures.filter(taken)
    assert len(shown) == min(48, taken.sum())
    assert set(shown) <= set(rows["caption"].to_pylist())
    assert app.query_params["region"] in (region, [region])
    (selection,) = chart(app)["layout"]["selections"]
    assert selection["type"] == "path"
    assert selection["path"].count("L") == len(polygon) - 1
    for subject in set(rows[SUBJECT].to_pylist()):
        whole = found.pictures[SUBJECT].to_pylist().count(subject)
        assert f"{subject} {rows[SUBJECT].to_pylist().count(subject):,} " in words(app)
        assert f"{whole:,}" in words(app)


def test_everything_selected_is_paged(audited: AuditedRuns, found: Mapped) -> None:
    first = page(audited, region=EVERYWHERE)
    assert f"{found.total:,} pictures of {found.total:,} selected" in words(first)
    assert len(tiles(first)) == 48
    last = page(audited, region=EVERYWHERE, page=str(-(-found.total // 48)))
    assert len(tiles(last)) == (found.total - 1) % 48 + 1


def test_a_picture_is_selected_by_its_address(audited: AuditedRuns, found: Mapped) -> None:
    kind, name = found.ids()[-1]
    app = page(audited, picture=f"{kind}/{name}")
    (shown,) = tiles(app)
    assert shown.caption == found.pictures["caption"][-1].as_py()
    assert f"1 picture of {found.total:,} selected" in words(app)
    assert sum(len(trace.get("selectedpoints") or ()) for trace in chart(app)["data"]) == 1


def test_words_find_pictures_by_keyboard_alone_and_inside_a_region(
    audited: AuditedRuns, found: Mapped, laid: Layout
) -> None:
    captions = found.pictures["caption"].to_pylist()
    app = page(audited, words="WOMAN fire")
    spoken = np.array(["woman fire" in one for one in captions])
    assert f"{spoken.sum():,} pictures of {found.total:,} selected" in words(app)
    assert all("woman fire" in one.caption for one in tiles(app))
    assert dots(app) == spoken.sum()
    region = around(laid.points[spoken][:1])
    polygon = region_of(region)
    assert polygon is not None
    both = spoken & inside(laid.points.astype(float), polygon)
    assert f"{both.sum():,} picture" in words(page(audited, words="woman fire", region=region))
    assert tiles(page(audited, words="no caption says this")) == []


@pytest.mark.parametrize(
    "address",
    [
        {"region": "<script>"},
        {"region": "0.0_1.1"},
        {"region": "9999.9999_0.0_1.1"},
        {"picture": "sample/nothing"},
        {"picture": "<b>"},
        {"layout": "none"},
        {"colour": "<b>"},
        {"network": "x"},
        {"page": "-1"},
    ],
)
def test_hostile_addresses_select_nothing(audited: AuditedRuns, address: dict[str, str]) -> None:
    app = page(audited, **address)
    assert tiles(app) == []
    assert "selected" not in text(app)
    assert not {"region", "picture"} & set(app.query_params)


def test_clearing_selects_nothing_and_draws_the_chart_anew(audited: AuditedRuns) -> None:
    app = page(audited, region=EVERYWHERE)
    before = app.get("plotly_chart")[0].proto.id
    next(one for one in app.button if one.label == "Clear the selection").click().run()
    assert not app.exception
    assert "region" not in app.query_params
    assert tiles(app) == []
    assert app.get("plotly_chart")[0].proto.id != before


def test_another_layout_or_colour(audited: AuditedRuns, found: Mapped) -> None:
    app = page(audited, region=EVERYWHERE)
    select(app, "Colour by").select(CONCEPT).run()
    assert "region" in app.query_params  # pictures lie where they lay
    select(app, "Layout").select(NEIGHBOURS).run()
    assert not app.exception
    assert "region" not in app.query_params
    assert "says nothing" in words(app)
    assert dots(app) == found.total


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_is_computed_once_and_kept_outside_of_the_run(
    audited: AuditedRuns, own_cache: Path, monkeypatch: pytest.MonkeyPatch, layout: str
) -> None:
    import streamlit as st

    before = sorted(audited.drawn.path.rglob("*"))
    first = chart(page(audited, layout=layout))["data"]
    (file,) = maps_folder().rglob("*.npz")
    assert file.is_relative_to(own_cache)
    assert sorted(audited.drawn.path.rglob("*")) == before
    st.cache_resource.clear()

    def never(*_: object) -> Layout:
        raise AssertionError("laid out again")

    monkeypatch.setattr(layouts, "lay_out", never)
    assert chart(page(audited, layout=layout))["data"] == first
    st.cache_resource.clear()
    monkeypatch.setattr(layouts, "lay_out", map_layout.lay_out)
    file.write_bytes(file.read_bytes()[:100])
    assert chart(page(audited, layout=layout))["data"] == first


def test_a_map_is_shown_where_nothing_can_be_kept(audited: AuditedRuns, own_cache: Path, found: Mapped) -> None:
    own_cache.write_text("a file where the folder would be")
    assert dots(page(audited)) == found.total


def test_a_run_without_embeddings_says_which_setting_makes_them(built: Runs) -> None:
    for run in ("runs/audit", "runs/curated"):
        app = open_page("map", built.audit.path.parent, run)
        assert not app.exception
        assert f"{run} has no embeddings of pictures" in text(app)
        assert "annotators: [clip]" in text(app)
        assert 'pairing: {model: "zoo:clip"}' in text(app)


def test_without_the_package_for_neighbours_it_says_so(audited: AuditedRuns, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "openTSNE", None)
    app = page(audited, layout=NEIGHBOURS)
    assert "pip install 'tain[map]'" in text(app)
    assert select(app, "Layout").value == NEIGHBOURS


def test_of_many_pictures_a_sample_is_shown_and_said(audited: AuditedRuns, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = mapped(audited.drawn, networks_of(audited.drawn)[0]).total
    monkeypatch.setattr(layouts, "mapped", lambda run, network: mapped(run, network, most=60))
    app = page(audited)
    assert f"60 of {whole:,} pictures that have an embedding" in text(app)
    assert dots(app) == 60


def test_unsafe_pictures_are_blurred_here_too(audited: AuditedRuns, found: Mapped, tmp_path: Path) -> None:
    shutil.copytree(audited.drawn.path.parent, tmp_path / "audits")
    kind, name = next(one for one in found.ids() if one[0] == "sample")
    read_as(RunFolder(tmp_path / "audits" / "drawn"), kind, name, 0.99)
    app = open_page("map", tmp_path / "audits", DRAWN, picture=f"{kind}/{name}")
    assert not app.exception
    assert tiles(app)[0].lines[-1] == "blurred: read as unsafe by nsfw"
    assert len(addresses(app)) == 1
    assert [one.label for one in app.button] == ["Clear the selection", "Show"]


def test_nothing_that_hovers_is_markup(audited: AuditedRuns, tmp_path: Path) -> None:
    from dashboards.mapping.figure import hover_texts

    hostile = '<b>bold</b> <a href="https://x.y">z</a> <script>1</script> &lt;i&gt; %{x}'
    (hover,) = hover_texts([(hostile, "<i>source</i>", "")])
    assert "<a" not in hover
    assert "<script" not in hover
    assert "<i>" not in hover
    assert hover.count("<b>") == hover.count("</b>") == hover.count("<br>")
    assert "<script" not in html(page(audited, region=EVERYWHERE))
