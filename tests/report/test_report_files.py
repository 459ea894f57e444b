"""What stands beside the page: figures that obey the published schema, a table for spreadsheets, texts for people."""

from __future__ import annotations

import csv
import io
import json
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
from run_folder import Runs

from toolkit.report.behind import with_evidence
from toolkit.report.measures_csv import measures_csv
from toolkit.report.model_card import model_card
from toolkit.report.stage import write_report
from toolkit.report.summary import summary
from toolkit.schema import table_schema

GENDER = "gender presentation"
SCHEMA = json.loads(files("toolkit.report").joinpath("report.schema.json").read_text("utf-8"))


@pytest.fixture
def report(runs: Runs) -> Path:
    write_report(runs.audit)
    return runs.audit.path / "report"


def test_the_figures_obey_the_published_schema(report: Path) -> None:
    figures = json.loads((report / "report.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(figures, SCHEMA)
    assert figures["measures"]
    figures["measures"][0]["q"] = 2
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(figures, SCHEMA)


def test_the_report_of_the_demo_in_the_repository_obeys_it_too() -> None:
    found = json.loads(Path(__file__).parents[2].joinpath("reports", "demo.json").read_text("utf-8"))
    jsonschema.validate(found, SCHEMA)


def test_every_finding_names_pictures_that_were_read_so(report: Path, runs: Runs) -> None:
    figures = json.loads((report / "report.json").read_text("utf-8"))
    read = {
        (row["subject_id"], row["annotator"], row["attribute"]): row["value"]
        for row in runs.audit.read("labels").to_pylist()
    }
    told = [one for one in figures["findings"] if one["measure"] == "share"]
    assert told
    for one in told:
        pictures = one["pictures"]
        assert pictures["of_group"] == round(one["value"] * one["n"])
        assert pictures["counted"] >= one["n"]
        assert len(pictures["examples"]) == min(12, pictures["of_group"])
        for name in pictures["examples"]:
            assert read[name, one["annotator"], one["attribute"]] == one["group"]


def test_the_csv_holds_every_measure_and_no_formula(report: Path, runs: Runs) -> None:
    rows = list(csv.DictReader(io.StringIO((report / "measures.csv").read_text("utf-8"))))
    assert len(rows) == len(json.loads((report / "report.json").read_text("utf-8"))["measures"]) + len(
        json.loads((report / "report.json").read_text("utf-8"))["census"]
    )
    assert list(rows[0]) == table_schema("measures").schema.names
    hostile = measures_csv([{"subject": "=1+1", "slice": "@cmd", "value": -0.5}]).decode()
    assert "'=1+1,'@cmd" in hostile
    assert ",-0.5," in hostile


def test_texts_say_what_was_found_and_what_to_do_and_hold_no_markup_of_a_name(report: Path) -> None:
    figures = json.loads((report / "report.json").read_text("utf-8"))
    text = (report / "summary.md").read_text("utf-8")
    for title in ("## What we found in", "## How sure", "## What we could not measure", "## What to do next"):
        assert title in text
    assert figures["findings"][0]["title"] in text
    assert "--calibration" in text
    card = (report / "model-card.md").read_text("utf-8")
    assert card.startswith("## Bias, risks and limitations")
    assert card.count("| zoo") + card.count("| tiny") + card.count("|") > 20
    figures["measures"][0] |= {
        "subject": "a|b<script>",
        "slice": "all",
        "measure": "share",
        "correction": "uncorrected",
    }
    figures["measures"][0] |= {"value": 0.5, "low": 0.4, "high": 0.6, "q": 0.5}
    assert r"a\|b\<script\>" in model_card(figures)
    assert model_card(figures) == model_card(figures)
    assert summary(figures) == summary(figures)


@pytest.mark.parametrize(
    ("finding", "of_group"),
    [
        ({"attribute": "pictures", "annotator": "pairing network", "group": "all"}, "all"),
        ({"attribute": GENDER, "annotator": "clip", "group": "woman: style 'a' against 'b'"}, "woman"),
        ({"attribute": "content", "annotator": "pixels", "group": "brightness"}, "all"),
        (
            {"attribute": GENDER, "annotator": "clip", "measure": "content_difference_between_groups"}
            | {"group": "brightness: woman against man"},
            "woman",
        ),
    ],
)
def test_findings_beyond_shares_rest_on_pictures_too(runs: Runs, finding: dict[str, str], of_group: str) -> None:
    labels = [
        row for row in runs.audit.read("labels").to_pylist()
        if row["subject_kind"] == "sample" and (row["annotator"], row["attribute"]) == ("clip", GENDER)
    ]  # fmt: skip
    subject = next(
        row["subject"] for row in runs.audit.read("measures").to_pylist() if not row["subject"].startswith("data:")
    )
    (found,) = with_evidence(runs.audit, [{"title": "t", "subject": subject, "slice": "all", **finding}])
    shown = [row for row in labels if of_group == "all" or row["value"] == of_group]
    assert labels
    assert (found["pictures"]["counted"], found["pictures"]["of_group"]) == (len(labels), len(shown))
    assert set(found["pictures"]["examples"]) <= {row["subject_id"] for row in shown}


def test_a_finding_of_two_attributes_rests_on_pictures_that_were_read_as_both(runs: Runs) -> None:
    finding = {"title": "t", "slice": "all", "subject": "zoo:latent", "group": "woman & monk-1"}
    both = {"attribute": f"{GENDER} & skin tone", "annotator": "clip & skin-colour"}
    (found,) = with_evidence(runs.audit, [finding | both])
    read: dict[str, set[str | None]] = {}
    for row in runs.audit.read("labels").to_pylist():
        if row["subject_kind"] == "sample":
            read.setdefault(row["subject_id"], set()).add(row["value"])
    shown = {name for name, values in read.items() if values == {"woman", "monk-1"}}
    assert set(found["pictures"]["examples"]) == shown != set()
    assert found["pictures"]["counted"] == len(read)
