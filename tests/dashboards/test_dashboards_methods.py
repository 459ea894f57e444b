"""Methods and export: what a run holds is explained, its limits said, its manifest shown, its files offered."""

from __future__ import annotations

import json

import streamlit as st
from audited_runs import AuditedRuns
from pages_on_show import html, open_page, text
from run_folder import MARKDOWN, SCRIPT, Runs

AUDIT, CURATED = "runs/audit", "runs/curated"


def page(runs: Runs, run: str = AUDIT, **address: str):
    app = open_page("methods", runs.audit.path.parent, run, **address)
    assert not app.exception
    return app


def offered(app) -> list[str]:
    return [one.proto.label for one in app.get("download_button")]


def test_a_run_is_explained_with_its_limits_and_what_made_it(built: Runs) -> None:
    app = page(built)
    words = text(app).replace("\N{NO-BREAK SPACE}", " ")
    assert "24 pictures asked for, 1 failed." in words
    assert "clip reads gender presentation of zoo:latent uncorrected" in words
    assert "Computed by toolkit/audit/measuring/shares.py. After Wilson (1927), JASA 22" in words
    assert "3 reasons why figures could not be measured" in words
    assert f"Content hash {built.audit.content_hash()}" in words
    assert f"Content hash {built.curated.content_hash()}" in words  # of the run that it was made from
    assert '"model": "zoo:latent"' in words


def test_files_are_offered_and_made_when_they_are_asked_for(built: Runs) -> None:
    found = offered(page(built))
    assert found == [
        "Report (HTML)", "Figures (JSON)", "Measures (CSV)", "Model card (Markdown)", "Summary (Markdown)",
        "Findings (CSV)", "Manifest (JSON)",
    ]  # fmt: skip
    assert not (built.audit.path / "report").exists()
    assert offered(page(built, CURATED)) == ["Report (HTML)", "Figures (JSON)", "Manifest (JSON)"]


def test_a_measure_is_found_by_its_name_and_the_name_stands_in_the_address(audited: AuditedRuns) -> None:
    root = audited.drawn.path.parent
    whole = text(open_page("methods", root, "audits/drawn"))
    assert "measuring/diversity.py" in whole
    assert "measuring/ledger.py" in whole
    app = open_page("methods", root, "audits/drawn", words="Vendi")
    assert not app.exception
    assert "measuring/diversity.py. After Friedman and Dieng (2023)" in text(app)
    assert "measuring/ledger.py" not in text(app)
    assert "No measure of this run is called so" in text(open_page("methods", root, "audits/drawn", words="nothing"))


def test_a_run_without_an_audit_says_so(built: Runs) -> None:
    words = text(page(built, CURATED))
    assert "This run was not audited" in words
    assert "This run holds no measures; audit it" in words


def test_markup_in_a_recipe_or_a_reason_is_text(runs: Runs) -> None:
    record = json.loads((runs.audit.path / "run.json").read_text())
    record["stages"]["generate"]["recipe"] = {"model": SCRIPT, MARKDOWN: 1}
    (runs.audit.path / "run.json").write_text(json.dumps(record))
    st.cache_resource.clear()
    app = page(runs)
    assert "<script" not in html(app)
    assert "<img src=x" not in html(app)
    assert "&lt;script&gt;" in html(app)
    assert not any("](" in one.value for one in (*app.caption, *app.markdown))
