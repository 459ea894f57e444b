"""Names from tables are text on the explorers, and broken or empty audits say what is wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from audited_runs import AuditedRuns
from pages_on_show import html, open_page, open_page_of_runs, text, tiles
from run_folder import MARKDOWN, SCRIPT

from toolkit.store import RunFolder

PAGES = ("bias", "intersections", "ledger", "compare", "safety", "diversity", "map", "methods")


def rewrite(run: RunFolder, **names: str) -> None:
    """Put each of `names` in place of what a column of measures says: of the subject and the slice."""
    shard = run.shards("measures")[0]
    rows = pq.read_table(shard).to_pylist()
    for row in rows:
        row["slice"] = names["slice"] if row["slice"] == "judge" else row["slice"]
        row["subject"] = names["subject"] if row["subject"] == "mostly light" else row["subject"]
        row["group"] = row["group"].replace("woman", names["group"])
    pq.write_table(pa.Table.from_pylist(rows, schema=pq.read_schema(shard)), shard)


@pytest.mark.parametrize("page", PAGES)
def test_markup_in_names_is_read_nowhere(audited: AuditedRuns, tmp_path: Path, page: str) -> None:
    shutil.copytree(audited.drawn.path.parent, tmp_path / "audits")
    rewrite(RunFolder(tmp_path / "audits" / "drawn"), slice=SCRIPT, subject=MARKDOWN, group=f"{MARKDOWN} x")
    address = {"against": "this run, another of its models"}
    app = open_named(page, tmp_path / "audits", subject=MARKDOWN, slice=SCRIPT, **address)
    assert not app.exception
    assert "<script" not in html(app)
    assert "<b>b</b>" not in html(app)
    labels = [one.label for one in app.selectbox]
    assert not any("](" in one or "<" in one for one in labels)  # Streamlit reads Markdown in labels
    assert not any("](" in one.value for one in (*app.caption, *app.markdown))


def open_named(page: str, root: Path, **address: str):
    if page != "compare":
        return open_page(page, root, "audits/drawn", **address)
    return open_page_of_runs(page, root, "audits/drawn", **address)


@pytest.mark.parametrize("page", ["bias", "intersections"])
def test_a_run_whose_pictures_are_gone_still_opens(audited: AuditedRuns, tmp_path: Path, page: str) -> None:
    shutil.copytree(audited.drawn.path, tmp_path / "audits" / "drawn")
    shutil.rmtree(tmp_path / "audits" / "drawn" / "images")
    app = open_page(page, tmp_path / "audits", "audits/drawn", subject="mostly light")
    assert not app.exception
    assert "no picture" in text(app)


def test_a_ledger_whose_data_is_gone_says_so_and_shows_what_was_painted(audited: AuditedRuns, tmp_path: Path) -> None:
    shutil.copytree(audited.drawn.path, tmp_path / "audits" / "drawn")
    place = {"subject": "mostly light", "attribute": "skin tone", "slice": "judge"}
    app = open_page("ledger", tmp_path / "audits", "audits/drawn", step="raw", **place)
    assert not app.exception
    assert "The run of the data that audits/drawn was made from is not at hand" in text(app)
    assert len(tiles(open_page("ledger", tmp_path / "audits", "audits/drawn", step="generated", **place))) == 24


def test_a_damaged_run_is_said_and_another_can_be_chosen(audited: AuditedRuns, tmp_path: Path) -> None:
    shutil.copytree(audited.plain.path.parent, tmp_path / "audits")
    RunFolder(tmp_path / "audits" / "guided").shards("measures")[0].write_bytes(b"PAR1 half a file")
    place = {"attribute": "gender presentation", "slice": "judge"}
    app = open_page_of_runs("compare", tmp_path / "audits", "audits/plain", against="audits/guided", **place)
    assert not app.exception
    assert "audits/guided cannot be read: " in text(app)
    assert "Choose another run." in text(app)
    app = open_page_of_runs("compare", tmp_path / "audits", "audits/plain", against="audits/drawn", **place)
    assert "No prompt was painted from the same seed in both" in text(app)
