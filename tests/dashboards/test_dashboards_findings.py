"""Each finding leads to a page that opens on the rows it was told from, checked against the tables."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from audited_runs import AuditedRuns
from grouped_source import RECIPE, curate_grouped
from pages_on_show import html, open_app, open_page, open_page_of_runs, words
from run_folder import Runs
from streamlit.testing.v1 import AppTest

from dashboards.app import PAGES
from dashboards.finding_links import LINKS, Link, link_of, retention_link
from toolkit.audit.findings import TELLERS
from toolkit.report.figure_table import figure_in_words
from toolkit.report.json_rows import read_findings
from toolkit.report.measured import Place, measure_rows
from toolkit.report.reference_shares import reference_shares
from toolkit.report.retention import in_words, left_out, retention
from toolkit.report.sections.content import difference
from toolkit.report.sections.section import points, share
from toolkit.report.share_words import distance_in_words
from toolkit.report.wording import percent_of
from toolkit.store import RunFolder

Row = dict[str, Any]
RUNS = ("drawn", "plain", "guided")


def opened(root: Path, run: str, link: Link) -> AppTest:
    """Return the page that `link` opens, whose choices are those that it names."""
    show = open_page_of_runs if link.page == "compare" else open_page
    app = show(link.page, root, run, **link.query)
    assert not app.exception
    chosen = {one.key: one.value for one in app.selectbox}
    assert {key: chosen.get(key) for key in link.query} == link.query
    return app


def plain(text: str) -> str:
    return " ".join(text.split())


def of_reference(row: Row, measures: list[Row]) -> str:
    place = Place(*(row[one] for one in Place._fields))
    held = next(one for one in reference_shares(measures, place) if one.sources.get(row["slice"]) == row["reference"])
    return distance_in_words(row, held)


def of_step(row: Row, measures: list[Row]) -> str:
    same = ("subject", "slice", "attribute", "annotator", "group", "correction")
    (change,) = (
        one
        for one in measures
        if one["measure"] == f"ledger_change_{row['reference']}" and all(one[key] == row[key] for key in same)
    )
    return points(change)


# What the page of a finding says of its row, by the measure of it.
SAID: dict[str, Callable[[Row, list[Row]], str]] = {
    "share": lambda row, _: percent_of(*(row[one] for one in ("value", "low", "high", "n"))),
    "share_outside_human_skin": lambda row, _: f"of {row['n']:,}",
    "share_abstained": lambda row, _: f"of {row['n']:,}",
    "difference_from_reference": of_reference,
    "intersection_excess": lambda row, _: points(row),
    "ledger_responsible": of_step,
    "counterfactual_effect": lambda row, _: points(row),
    "content_difference_between_groups": lambda row, _: difference(row)[0],
    "content_difference_from_data": lambda row, _: difference(row)[0],
    "share_above_neighbours_99": lambda row, _: share(row),
    "share_above_held_out_99": lambda row, _: share(row),
}


def shows(app: AppTest, row: Row, measures: list[Row]) -> bool:
    """Return whether the page says the figure of `row`."""
    said = SAID.get(row["measure"], lambda row, _: figure_in_words(row))(row, measures)
    return plain(said) in words(app)


def test_every_page_that_findings_lead_to_is_one_and_every_measure_told_leads_somewhere() -> None:
    assert set(LINKS) <= set(TELLERS)
    row = {"subject": "a", "slice": "all", "attribute": "b", "group": "c", "annotator": "d", "correction": "x"}
    assert {link_of(row | {"measure": one}, []).page for one in TELLERS} <= set(PAGES)


@pytest.mark.parametrize("name", RUNS)
def test_every_measure_that_is_told_opens_on_its_row(audited: AuditedRuns, name: str) -> None:
    run: RunFolder = getattr(audited, name)
    measures = measure_rows(run)
    told: dict[tuple[str, str], Row] = {}
    for row in measures:
        if row["measure"] in TELLERS and row["value"] is not None and row["annotator"] != "caption-words":
            told.setdefault((row["measure"], row["attribute"]), row)
    assert {"share", "own_prompt_nearest"} <= {measure for measure, _ in told}
    for row in told.values():
        link = link_of(row, measures)
        app = opened(run.path.parent, f"audits/{run.path.name}", link)
        assert shows(app, row, measures), (row["measure"], link)


@pytest.mark.parametrize("name", RUNS)
def test_every_finding_of_an_audit_opens_on_its_rows(audited: AuditedRuns, name: str) -> None:
    run: RunFolder = getattr(audited, name)
    measures = measure_rows(run)
    found = read_findings(run)
    assert found
    for one in found:
        key = {column: one[column] for column in ("subject", "slice", "attribute", "group", "measure", "annotator")}
        (row,) = (row for row in measures if key.items() <= row.items() and row["correction"] == one["correction"])
        assert shows(opened(run.path.parent, f"audits/{run.path.name}", link_of(one, measures)), row, measures), one


def test_a_finding_about_an_annotator_leads_to_what_it_read(audited: AuditedRuns) -> None:
    one = {"measure": "agreement", "subject": "annotators", "slice": "all", "attribute": "skin tone", "group": "all"}
    link = link_of(one | {"annotator": "skin-tone", "correction": "uncorrected"}, [])
    app = open_page(link.page, audited.drawn.path.parent, "audits/drawn", **link.query)
    assert not app.exception
    assert app.selectbox(key="annotator").value == "skin-tone"


@pytest.fixture(scope="module")
def grouped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return curate_grouped(tmp_path_factory.mktemp("left out"), RECIPE)


def test_groups_that_are_left_out_open_on_their_figures(grouped: Path) -> None:
    run = RunFolder(grouped / "curated")
    found = left_out(retention(run))
    assert found
    for one in found:
        app = opened(grouped, "grouped/curated", retention_link(one))
        assert plain(in_words(one)).partition(";")[0] in words(app)


# -- as the overview shows them ---------------------------------------------------------------------------------------
def links(app: AppTest) -> list[tuple[str, dict[str, str]]]:
    protos = [one.proto for one in app.get("page_link")]
    return [(one.page, dict(parse_qsl(one.query_string))) for one in protos]


def test_the_overview_links_each_finding_with_its_run(audited: AuditedRuns) -> None:
    measures = measure_rows(audited.drawn)
    found = read_findings(audited.drawn)
    app = open_app(audited.drawn.path.parent, run="audits/drawn")
    assert not app.exception
    expected = [link_of(one, measures) for one in found[:5]]
    assert links(app) == [(one.page, {"run": "audits/drawn"} | one.query) for one in expected]
    assert len(found) > 5
    switch = app.toggle(key="findings")
    assert str(len(found)) in switch.label
    switch.set_value(True).run()
    assert app.query_params["findings"] in ("all", ["all"])
    assert len(links(app)) == len(found)
    app = open_app(audited.drawn.path.parent, run="audits/drawn", findings="all")
    assert len(links(app)) == len(found)


def test_the_overview_says_whom_curation_leaves_out(grouped: Path) -> None:
    app = open_app(grouped)
    assert not app.exception
    assert "Curation keeps 'woman' (gender) less often: all rules" in words(app)
    assert "woman: 24 of 40 rows kept (60 % [45, 74]); best kept: man 90 %" in words(app)
    (first, *_) = [query for page, query in links(app) if page == "retention" and "group" in query]
    assert first == {"run": "grouped/curated", "attribute": "gender (words)", "rule": "all", "group": "woman"}


def test_each_run_of_the_table_links_to_itself(built: Runs) -> None:
    shown = html(open_app(built.audit.path.parent))
    for name in ("runs/audit", "runs/curated"):
        assert f'<a href="./?run={name.replace("/", "%2F")}" target="_self">{name}</a>' in shown


def test_the_banner_says_what_could_not_be_measured_and_what_to_beware_of(audited: AuditedRuns) -> None:
    app = open_app(audited.plain.path.parent, run="audits/plain")
    said = words(app)
    rows = audited.plain.read("measures").to_pylist()
    missing = [row["not_measurable"] for row in rows if row["value"] is None and row["not_measurable"]]
    assert f"{len(missing):,} figures, for {len(set(missing))} reason" in said
    assert "16 pictures asked for, 0 failed." in said
    assert "zoo:latent is a small bundled model" in said
    assert "0 of 2 readings" in said
    assert "never tried" in said


def test_damaged_findings_are_said_and_the_list_of_runs_stays(runs: Runs) -> None:
    (runs.audit.path / "findings.json").write_text("[1]")
    app = open_app(runs.audit.path.parent)
    assert not app.exception
    assert "run `tain audit` again" in words(app)
    assert "runs/curated" in html(app)


def test_a_finding_that_is_unlike_any_other_leads_to_the_table_of_figures(runs: Runs) -> None:
    one = {"title": "t", "measure": "share_of_a_plugin", "subject": "zoo:latent", "slice": "judge", "group": "x"}
    (runs.audit.path / "findings.json").write_text(json.dumps([one, {"title": "no more than that"}]))
    app = open_app(runs.audit.path.parent)
    assert not app.exception
    assert [page for page, _ in links(app)] == ["methods", "methods"]
