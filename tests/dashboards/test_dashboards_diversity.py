"""Diversity and memory: least diverse first, painted pictures beside their nearest training picture, the slider."""

from __future__ import annotations

import re
import shutil
from html import unescape
from pathlib import Path

import pytest
import streamlit as st
from audited_runs import AuditedRuns
from kept_paths import LABELS, keep_paths
from pages_on_show import chart_rows, html, open_page, select, text, tiles, words
from run_folder import Runs, read_as

from toolkit.report.measured import measure_rows
from toolkit.store import RunFolder

DIVERSE, MEMORY, PATHS = "least diverse prompts", "nearest training pictures", "from snow to picture"
DRAWN = "audits/drawn"


def page(audited: AuditedRuns, **address: str):
    app = open_page("diversity", audited.drawn.path.parent, DRAWN, **address)
    assert not app.exception
    return app


def twins(app) -> list[list[str]]:
    """Return the words under each painted picture and the training picture beside it."""
    pairs = re.findall(r'<div class="twin">(.*?)</div>', html(app))
    figures = [re.findall(r"<figure>.*?</figure>", one) for one in pairs]
    return [[unescape(re.sub(r"<[^>]*>", " ", one)) for one in some] for some in figures]


def vendi(audited: AuditedRuns, subject: str) -> dict[str, float]:
    rows = [row for row in measure_rows(audited.drawn) if (row["measure"], row["subject"]) == ("vendi", subject)]
    return {row["slice"]: row["value"] for row in rows}


def test_the_least_diverse_come_first_and_lead_to_their_pictures(audited: AuditedRuns) -> None:
    app = page(audited, subject="mostly dark")
    scores = vendi(audited, "mostly dark")
    shown = {str(row["slice"]): row["value"] for row in chart_rows(app)}
    assert shown == scores
    concepts = sorted(set(scores) - {"all"}, key=scores.__getitem__)
    assert list(shown) == [*concepts, "all"]
    assert select(app, "Concept").value == concepts[0]
    assert {row["beside"] for row in chart_rows(app)} == {scores["all"], None}
    assert [one.caption for one in tiles(app)] == [concepts[0]] * 24
    select(app, "Concept").select(concepts[1]).run()
    assert app.query_params["slice"] in (concepts[1], [concepts[1]])
    assert {one.caption for one in tiles(app)} == {concepts[1]}


def test_pictures_of_the_data_can_be_looked_at_too(audited: AuditedRuns) -> None:
    app = page(audited, subject="data:art", slice="judge")
    assert select(app, "Subject").value == "data:art"
    assert all("judge" in one.caption for one in tiles(app))
    assert tiles(app)


def test_each_painted_picture_stands_beside_its_nearest_training_picture(audited: AuditedRuns) -> None:
    app = page(audited, view=MEMORY, subject="mostly light", slice="judge")
    found = twins(app)
    assert len(found) == 24
    similarities = [float(re.findall(r"similarity ([\d.]+),", one[0])[0]) for one in found]
    assert similarities == sorted(similarities, reverse=True)
    assert all("training" in one[1] and "number" in one[1] for one in found)
    assert "beside the nearest of" in words(app)
    (row,) = (
        row
        for row in measure_rows(audited.drawn)
        if (row["measure"], row["subject"], row["slice"]) == ("nearest_training_similarity", "mostly light", "judge")
    )
    middle = (similarities[11] + similarities[12]) / 2
    assert middle == pytest.approx(row["value"], abs=0.001)
    assert select(app, "Concept").options == ["all concepts", "firefighter", "judge"]


def test_an_unsafe_picture_is_blurred_among_them(audited: AuditedRuns, tmp_path: Path) -> None:
    shutil.copytree(audited.drawn.path.parent, tmp_path / "audits")
    run = RunFolder(tmp_path / "audits" / "drawn")
    for row in run.read("requests").to_pylist():
        read_as(run, "sample", row["request_id"], 0.97)
    app = open_page("diversity", tmp_path / "audits", DRAWN, view=MEMORY)
    assert not app.exception
    assert all("blurred: read as unsafe by nsfw" in one[0] for one in twins(app))
    assert not any("blurred" in one[1] for one in twins(app))


def test_without_data_it_says_what_to_do(audited: AuditedRuns) -> None:
    app = open_page("diversity", audited.plain.path.parent, "audits/plain", view=MEMORY)
    assert not app.exception
    assert "no pictures of the data were audited; audit with --data" in text(app)


def test_the_slider_is_there_where_a_run_keeps_paths(runs: Runs) -> None:
    keep_paths(runs.audit)
    st.cache_resource.clear()
    app = open_page("diversity", runs.audit.path.parent, "runs/audit", view=PATHS, path="judge · 1")
    assert not app.exception
    assert select(app, "Show").options == [MEMORY, PATHS]
    assert [one.caption for one in tiles(app)] == list(LABELS)


def test_a_run_with_nothing_of_it_says_what_to_do(built: Runs) -> None:
    app = open_page("diversity", built.curated.path.parent, "runs/curated")
    assert not app.exception
    assert "holds no painted pictures" in text(app)
