"""The slider from snow to picture in the gallery."""

from __future__ import annotations

import streamlit as st
from kept_paths import LABELS, keep_paths
from pages_on_show import html, open_page, text, tiles
from run_folder import Runs

from toolkit.strips import strip_path

PATHS = "from snow to picture"


def page(runs: Runs, **address: str):  # type: ignore[no-untyped-def]
    return open_page("gallery", runs.audit.path.parent, "runs/audit", kind=PATHS, **address)


def chosen(app, label: str):  # type: ignore[no-untyped-def]
    return next(one for one in app.selectbox if one.label == label)


def test_paths_are_a_kind_of_picture_where_a_run_keeps_them(runs: Runs) -> None:
    assert PATHS not in chosen(page(runs), "Pictures").options
    keep_paths(runs.audit)
    st.cache_resource.clear()  # a run that changes without its run.json is none that a stage writes
    app = page(runs)
    assert not app.exception
    assert chosen(app, "Pictures").value == PATHS
    names = ["<b>cat (real)", "firefighter · 0", "firefighter · 1", "judge · 0", "judge · 1"]
    assert chosen(app, "Path").options == names


def test_the_slider_shows_a_step_and_all_stand_below(runs: Runs) -> None:
    keep_paths(runs.audit)
    app = page(runs, path="judge · 1")
    assert 'alt="judge · 1: picture"' in html(app)
    assert [one.caption for one in tiles(app)] == list(LABELS)
    before = html(app).split('alt="judge')[0]
    moved = app.select_slider[0].set_value(0).run()
    assert not moved.exception
    assert 'alt="judge · 1: step 0 of 4"' in html(moved)
    assert html(moved).split('alt="judge')[0] != before


def test_names_are_text_and_damage_is_said(runs: Runs) -> None:
    names = keep_paths(runs.audit)
    app = page(runs)
    assert "<b>cat" not in html(app)
    assert 'alt="‹b›cat (real): 100% noise"' in html(app)
    (runs.audit.path / strip_path(names[0])).write_bytes(b"")
    damaged = page(runs, path="firefighter · 0")
    assert not damaged.exception
    assert "cannot be read any more" in text(damaged)
