"""Ledger: what stands at each step, which step is marked, and that its pictures are those of the tables."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from audited_runs import AuditedRuns
from pages_on_show import chart_layers, open_page, tiles, words
from run_folder import Runs

from toolkit.store import RunFolder

DRAWN = "audits/drawn"
PLACE = {
    "subject": "mostly light",
    "attribute": "skin tone",
    "annotator": "skin-tone",
    "slice": "judge",
    "group": "monk-8",
}


def show(root: Path, run: str = DRAWN, **address: str):
    app = open_page("ledger", root, run, **(PLACE | address))
    assert not app.exception
    return app


def marks(app) -> dict[tuple[str, str], dict[str, object]]:
    some = next(one for one in chart_layers(app) if one and "figure" in one[0])
    return {(one["step"], one["way"]): one for one in some}


def lines(app) -> list[dict[str, object]]:
    return next(one for one in chart_layers(app) if one and "most" in one[0])


def entry(audited: AuditedRuns, **place: str) -> dict[str, object]:
    """Return what the audit itself wrote of it, in ledger.json."""
    found = json.loads((audited.drawn.path / "ledger.json").read_text("utf-8"))
    (one,) = (one for one in found if (PLACE | place).items() <= one.items())
    return one


@pytest.mark.parametrize("group", ["monk-4", "monk-8"])
def test_marks_and_the_responsible_step_are_those_of_the_ledger(audited: AuditedRuns, group: str) -> None:
    found = json.loads((audited.drawn.path / "ledger.json").read_text("utf-8"))
    expected = next(one for one in found if one["group"] == group and one["responsible"])
    app = show(audited.drawn.path.parent, **{key: expected[key] for key in PLACE})
    shares = {one["step"]: one["value"] for one in expected["steps"] if one["value"] is not None}
    assert {step: one["share"] for (step, _), one in marks(app).items()} == shares
    (most,) = (one for one in lines(app) if one["most"])
    steps = {one["place"]: step for (step, _), one in marks(app).items()}
    assert steps[most["end"]] == expected["responsible"]
    said = {"kept": "by curation", "generated": "by the model", "captions": "by captions"}[expected["responsible"]]
    assert f"is moved most {said}: " in words(app)
    assert "moved it most" in words(app)


def test_where_no_step_moved_it_none_is_marked(audited: AuditedRuns) -> None:
    found = json.loads((audited.drawn.path / "ledger.json").read_text("utf-8"))
    blameless = next(one for one in found if one["responsible"] is None and one["steps"][0]["value"])
    app = show(audited.drawn.path.parent, **{key: blameless[key] for key in PLACE})
    assert f"No step is to be blamed: {blameless['not_responsible']}." in words(app)
    assert not any(one["most"] for one in lines(app))


def test_each_step_shows_the_pictures_that_it_counts(audited: AuditedRuns) -> None:
    gender = {"attribute": "gender presentation", "annotator": "clip", "group": "woman"}
    for place in ({}, gender):
        for step in entry(audited, **place)["steps"]:
            app = show(audited.drawn.path.parent, step=step["step"], **place)
            assert len(tiles(app)) == min(48, step["n"] + step["abstained"])
            if step["value"]:
                read = show(audited.drawn.path.parent, step=step["step"], read=(PLACE | place)["group"], **place)
                assert len(tiles(read)) == round(step["value"] * step["n"])


def test_what_curation_dropped_is_among_the_raw_pairs_alone(audited: AuditedRuns) -> None:
    dropped = {row["sample_id"] for row in audited.data.read("decisions").to_pylist() if not row["keep"]}
    captions = {
        row["caption"]
        for row in audited.data.read("pairs").to_pylist()
        if row["sample_id"] in dropped and "judge" in row["caption"]
    }
    raw, kept = (tiles(show(audited.drawn.path.parent, step=step)) for step in ("raw", "kept"))
    assert {one.caption for one in raw if "dropped by curation" in one.lines} == captions
    assert {one.caption for one in raw} - {one.caption for one in kept} == captions


def test_captions_show_what_captions_name(audited: AuditedRuns) -> None:
    place = {"attribute": "gender presentation", "annotator": "clip", "group": "woman", "step": "captions"}
    for group in ("woman", "man"):
        shown = tiles(show(audited.drawn.path.parent, read=group, **place))
        assert shown
        assert all(one.caption.startswith(f"{group} judge") for one in shown)


def test_a_corrected_ledger_stands_beside_the_raw_one(audited: AuditedRuns, tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "audits" / "drawn")
    shutil.copytree(audited.drawn.path.parent, tmp_path / "audits")
    shard = run.shards("measures")[0]
    rows = pq.read_table(shard).to_pylist()
    mine = [row for row in rows if PLACE.items() <= row.items() and row["measure"].startswith("ledger_")]
    for row in mine:
        if row["measure"] != "ledger_captions":
            value = None if row["value"] is None else row["value"] / 2
            corrected = {"correction": "confusion matrix", "value": value, "low": 0.0, "high": 0.9}
            rows.append(row | corrected)
    pq.write_table(pa.Table.from_pylist(rows, schema=pq.read_schema(shard)), shard)
    app = show(tmp_path / "audits")
    found = marks(app)
    for (step, way), one in found.items():
        if way == "corrected":
            assert one["share"] == pytest.approx(found[step, "as read"]["share"] / 2)
            assert (one["low"], one["high"]) == (0.0, 0.9)
    assert sum(way == "corrected" for _, way in found) == 3
    assert "Corrected for the annotator's errors (confusion matrix):" in words(app)


def test_nothing_is_said_of_a_step_that_could_not_be_measured(audited: AuditedRuns) -> None:
    app = show(audited.drawn.path.parent)
    assert ("captions", "as read") not in marks(app)
    assert "named by captions not measured: no caption of a kept pair tells the skin tone" in words(app)


def test_runs_without_a_ledger_say_what_to_do(audited: AuditedRuns, runs: Runs) -> None:
    assert "holds no ledger: no pair of a data run" in words(show(audited.drawn.path.parent, "audits/plain"))
    assert "Audit with --data" in words(show(runs.audit.path.parent, "runs/audit"))
