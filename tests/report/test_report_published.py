"""Copies of pages for the web: written anew, whole, and never larger than a reader should have to load."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from mitigated_runs import MitigatedRuns

from toolkit.errors import RunError
from toolkit.report import published
from toolkit.report.published import publish, publish_mitigation


@pytest.fixture
def copied(mitigated: MitigatedRuns, tmp_path: Path) -> Path:
    return Path(shutil.copytree(mitigated.made.path.parent, tmp_path / "copied"))


def test_an_audit_is_published_as_a_page_and_as_what_it_is_made_of(
    mitigated: MitigatedRuns, copied: Path, tmp_path: Path
) -> None:
    run = copied / mitigated.before.path.name
    page = publish(run, tmp_path, name="mine")
    assert page == tmp_path / "mine.html"
    assert page.read_bytes() == (run / "report" / "report.html").read_bytes()
    told = json.loads((run / "report" / "report.json").read_text("utf-8"))
    assert json.loads((tmp_path / "mine.json").read_text("utf-8")) == told


def test_a_mitigation_is_published_as_its_json_has_it_now(
    mitigated: MitigatedRuns, copied: Path, tmp_path: Path
) -> None:
    made = copied / mitigated.made.path.name
    told = json.loads((made / "mitigation.json").read_text("utf-8"))
    told["cautions"] = ["This was added by hand."]
    (made / "mitigation.json").write_text(json.dumps(told), "utf-8")
    page = publish_mitigation(made, tmp_path / "reports")
    assert page == tmp_path / "reports" / "mitigation.html"
    assert "This was added by hand." in page.read_text("utf-8")


def test_what_is_too_large_or_not_there_is_refused(
    mitigated: MitigatedRuns, copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RunError, match=r"mitigation\.json"):
        publish_mitigation(copied / mitigated.before.path.name, tmp_path / "reports")
    monkeypatch.setattr(published, "MAX_PAGE_BYTES", 100)
    with pytest.raises(RunError, match=r"mitigation\.html has [\d,]+ bytes; at most 100 are published"):
        publish_mitigation(copied / mitigated.made.path.name, tmp_path / "reports")
    assert not (tmp_path / "reports").exists()
