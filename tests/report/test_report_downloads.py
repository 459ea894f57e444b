"""What can be taken away from a run is what its report holds, whether that was written or not."""

from __future__ import annotations

import csv
import io
import json

import pytest
from run_folder import Runs

from toolkit.errors import RunError
from toolkit.report.downloads import download, downloads
from toolkit.report.manifest import manifest, recipes
from toolkit.report.stage import HTML_FILE, JSON_FILE, report_files, write_report


def test_files_are_made_of_the_tables_and_are_those_that_the_report_writes(runs: Runs) -> None:
    made = {one.name: download(runs.audit, one.name) for one in downloads(runs.audit)}
    assert not (runs.audit.path / "report").exists()
    write_report(runs.audit)
    for name, data in made.items():
        if name.startswith("report/"):
            assert data == (runs.audit.path / name).read_bytes(), name
    assert list(made) == [
        HTML_FILE, JSON_FILE, "report/measures.csv", "report/model-card.md", "report/summary.md", "findings.csv",
        "manifest.json",
    ]  # fmt: skip
    assert json.loads(made["manifest.json"]) == manifest(runs.audit)
    assert list(report_files(runs.audit))[-1] == HTML_FILE


def test_what_was_written_is_given_as_it_stands(runs: Runs) -> None:
    runs.audit.write_file(HTML_FILE, b"<p>of yesterday</p>")
    assert download(runs.audit, HTML_FILE) == b"<p>of yesterday</p>"


def test_a_report_that_leads_out_of_the_run_is_not_given(runs: Runs) -> None:
    secret = runs.audit.path.parent / "secret"
    secret.write_text("secret")
    (runs.audit.path / "report").mkdir()
    (runs.audit.path / HTML_FILE).symlink_to(secret)
    assert b"secret" not in download(runs.audit, HTML_FILE)


def test_findings_are_a_table_in_which_no_text_is_a_formula(runs: Runs) -> None:
    rows = json.loads((runs.audit.path / "findings.json").read_text())
    rows[0]["title"] = "=HYPERLINK(1)"
    (runs.audit.path / "findings.json").write_text(json.dumps(rows))
    found = list(csv.DictReader(io.StringIO(download(runs.audit, "findings.csv").decode())))
    assert len(found) == len(rows)
    assert found[0]["title"] == "'=HYPERLINK(1)"
    assert float(found[1]["value"]) == rows[1]["value"]


def test_a_run_without_an_audit_has_its_report_alone(runs: Runs) -> None:
    assert [one.name for one in downloads(runs.curated)] == [HTML_FILE, JSON_FILE, "manifest.json"]
    with pytest.raises(RunError, match=r"has no report/measures\.csv; it has report/report\.html"):
        download(runs.curated, "report/measures.csv")


def test_recipes_stand_beside_the_runs_that_they_made(runs: Runs) -> None:
    assert [one["name"] for one in manifest(runs.audit)] == ["audit", "curated"]
    assert recipes(runs.audit) == [
        {"generate": {"model": "zoo:latent"}},
        {"curate": {"captions": {"min_words": 1}}},
    ]
