"""`tain compare`: what it prints, what it writes, and what a wrong call is told."""

import csv
import html
import json
from importlib.resources import files

import jsonschema
import pytest
from command_line import refusal, tain

from toolkit.schema import from_rows
from toolkit.store import create_run


def audited(path, shares):
    rows = []
    for (subject, group), k in shares.items():
        row = {"subject": subject, "slice": "judge", "attribute": "gender", "group": group, "measure": "share"}
        row |= {"annotator": "clip", "correction": "uncorrected", "value": k / 100, "n": 100, "n_effective": 100.0}
        row |= {"low": max(0, k / 100 - 0.1), "high": min(1, k / 100 + 0.1), "confidence": 0.95, "abstained": 0}
        rows.append(row)
    run = create_run(path)
    with run.stage("audit"):
        run.write_shard("measures", 0, from_rows("measures", rows))
    return path


def test_it_prints_the_strongest_and_writes_all(tmp_path):
    before = audited(tmp_path / "a", {("m", "woman"): 50, ("m", "man"): 50})
    after = audited(tmp_path / "b", {("m", "woman"): 80, ("m", "man"): 20})
    result = tain("compare", before, after, "--out", tmp_path / "drift")
    assert result.exit_code == 0
    assert "m, 'judge': gender = woman 50.0 % -> 80.0 % (+30.0 points [+15.9, +44.1]; clip)" in result.stdout
    assert f"1 of 2 shares changed, as far as can be told: {tmp_path / 'drift' / 'compare.html'}" in result.stdout
    assert "labels of single pictures are not at hand" in result.stdout
    assert len(json.loads((tmp_path / "drift" / "compare.json").read_text())["rows"]) == 2
    assert "in the way" in refusal("compare", before, after, "--out", tmp_path / "drift")


def test_two_models_of_one_audit_need_no_second_run(tmp_path):
    both = audited(tmp_path / "a", {("m", "woman"): 50, ("n", "woman"): 90, ("o", "woman"): 50})
    assert "has 3 models (m, n, o)" in refusal("compare", both, "--out", tmp_path / "out")
    result = tain("compare", both, "--subject-a", "m", "--subject-b", "n", "--out", tmp_path / "out")
    assert "m -> n, 'judge': gender = woman 50.0 % -> 90.0 %" in result.stdout


def test_the_page_and_the_tables_say_the_same_and_read_names_as_data(tmp_path):
    hostile = "<script>alert(1)</script>"
    before = audited(tmp_path / "a", {("m", hostile): 50, ("m", "=1+1"): 50})
    after = audited(tmp_path / "b", {("m", hostile): 90, ("m", "=1+1"): 10})
    assert tain("compare", before, after, "--out", tmp_path / "out").exit_code == 0
    found = json.loads((tmp_path / "out" / "compare.json").read_text("utf-8"))
    schema = json.loads(files("toolkit.report").joinpath("compare.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(found, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(found | {"rows": [found["rows"][0] | {"q": 2}]}, schema)
    page = (tmp_path / "out" / "compare.html").read_text("utf-8")
    assert hostile not in page
    assert html.escape(found["told"][0]["sentence"], quote=False) in page.replace("&#39;", "'").replace("&#34;", '"')
    assert "+40 [26, 54]" in page
    with (tmp_path / "out" / "compare.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["group"] for row in rows} == {hostile, "'=1+1"}
    assert {float(row["value"]) for row in rows} == {0.4, -0.4}
