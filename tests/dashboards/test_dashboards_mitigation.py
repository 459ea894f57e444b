"""Mitigation: what its file says is what the page shows; the same seed before and after; and states of broken files."""

from __future__ import annotations

import json
import re
import shutil
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from mitigated_runs import GENDER, MODEL, REPLICATES, MitigatedRuns
from pages_on_show import chart_rows, html, open_page_of_runs, pictures, select, words
from run_folder import Runs
from streamlit.testing.v1 import AppTest

from toolkit.report.already_said import said_cells, said_sentence
from toolkit.report.cost_words import cost_cells
from toolkit.report.mitigation_words import headline, skew_cells
from toolkit.store import RunFolder

RUN = "mitigations/mitigated"


def show(root: Path, run: str = RUN, **address: str) -> AppTest:
    app = open_page_of_runs("mitigation", root, run, **address)
    assert not app.exception
    return app


def found(runs: MitigatedRuns) -> dict[str, Any]:
    said: dict[str, Any] = json.loads((runs.made.path / "mitigation.json").read_text("utf-8"))
    return said


def read(run: RunFolder) -> dict[tuple[str, int], str]:
    values = {row["subject_id"]: row["value"] for row in run.read("labels").to_pylist() if row["attribute"] == GENDER}
    return {(row["prompt"], row["seed"]): values[row["request_id"]] for row in run.read("requests").to_pylist()}


@pytest.mark.parametrize(("strength", "place"), [("0.5", 0), ("1", 1)])
def test_the_page_says_what_the_file_says(mitigated: MitigatedRuns, strength: str, place: int) -> None:
    app = show(mitigated.made.path.parent, strength=strength, group="woman", slice="pilot")
    step, said = found(mitigated)["steps"][place], words(app)
    assert f"{MODEL} paints 'pilot' as a man" in said
    assert " ".join(headline(step).split()) in said
    for row in step["skew"]:
        shown = row["group"] == "woman"
        assert (" ".join(skew_cells(row)[4].split()) in said) or not shown
    for row in step["costs"]:
        if row["slice"] == "pilot":
            assert cost_cells(row)[4] in said
    marks = chart_rows(app)
    assert {(one["slice"], one["side"]): one["share"] for one in marks} == {
        (row["slice"], side): row[side]
        for row in step["skew"]
        if row["group"] == "woman"
        for side in ("before", "after")
    }
    assert "left alone: not aimed at" in said
    assert " ".join(said_sentence(step).split()) in said
    for row in step["already_said"]:
        assert " ".join(said_cells(row)[4].split()) in said


def test_attributes_that_were_aimed_at_too_are_shown(mitigated: MitigatedRuns, tmp_path: Path) -> None:
    folder = tmp_path / "mitigations" / "mitigated"
    shutil.copytree(mitigated.made.path, folder)
    content = found(mitigated)
    step = content["steps"][1]
    row = step["skew"][0] | {"before": 0.123, "before_low": 0.101, "before_high": 0.157}
    hostile = "![tone](http://example.org/x.png)"
    ruler = {"attribute": hostile, "annotator": "skin-tone", "correction": "uncorrected"}
    step["also"] = [ruler | {"target": {"name": "uniform", "shares": {}}, "skew": [row], "bias": step["bias"]}]
    (folder / "mitigation.json").write_text(json.dumps(content), "utf-8")
    app = show(tmp_path / "mitigations", strength="1")
    assert f"Also: {hostile}, towards uniform shares, as skin-tone reads it" in words(app)
    assert " ".join(skew_cells(row)[3].split()) in words(app)
    assert "Also:" not in words(show(tmp_path / "mitigations", strength="0.5"))


def test_the_curve_has_the_start_and_every_strength(mitigated: MitigatedRuns) -> None:
    app = show(mitigated.made.path.parent)
    marks = chart_rows(app, 1)
    said = found(mitigated)
    assert [one["name"] for one in marks] == ["as it was", "strength 0.5", "strength 1"]
    assert [one["bias"] for one in marks[1:]] == [one["bias"]["after"] for one in said["steps"]]
    unbeaten = {strength for strength, one in zip((0.0, 0.5, 1.0), marks, strict=True) if "no other" in one["pareto"]}
    assert unbeaten == set(said["pareto"])


def test_the_same_seed_stands_before_and_after(mitigated: MitigatedRuns) -> None:
    app = show(mitigated.made.path.parent, strength="1", slice="pilot")
    pairs = re.findall(r'<div class="twin">(.*?)</figure></div>', html(app), flags=re.DOTALL)
    shown = [tuple(unescape(one) for one in re.findall(r"<(?:b|span)>(.*?)</(?:b|span)>", pair)) for pair in pairs]
    before, after = read(mitigated.before), read(mitigated.whole)
    assert sorted((one[1].partition(",")[0], one[3].partition(",")[0]) for one in shown) == sorted(
        (f"before: {before[name]}", f"after: {after[name]}") for name in before if name[0] == "pilot"
    )
    assert len(pictures(app)) == 2 * REPLICATES
    became = show(mitigated.made.path.parent, strength="1", slice="pilot", group="woman", became="shown there alone")
    gained = sum(before[name] != "woman" == after[name] for name in before if name[0] == "pilot")
    assert f"{gained} pair" in words(became)


def test_another_run_of_the_folder_leads_to_the_mitigation(mitigated: MitigatedRuns) -> None:
    app = show(mitigated.made.path.parent, "mitigations/before")
    assert select(app, "Mitigation").value == RUN


def test_a_folder_without_one_says_what_to_do(runs: Runs) -> None:
    assert "make one with `tain mitigate" in words(show(runs.audit.path.parent, "runs/audit"))


def test_costs_of_what_was_aimed_at_come_first(mitigated: MitigatedRuns) -> None:
    root = mitigated.made.path.parent
    for chosen, aimed in (({}, ["pilot", "firefighter"]), ({"slice": "pilot"}, ["pilot"])):
        (table,) = [one for one in html(show(root, **chosen)).split("<table") if "Of before" in one]
        first = [words_of for words_of in re.findall(r"<tr><t[dh][^>]*>(.*?)</t", table) if words_of != "Concept"]
        assert list(dict.fromkeys(first)) == [*aimed, "all concepts"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "cannot be read"),
        ("[]", "is not of format 1"),
        ('{"format": 7}', "is not of format 1"),
        ('{"format": 1}', "lacks finding, attribute"),
    ],
)
def test_a_broken_file_is_said(mitigated: MitigatedRuns, tmp_path: Path, content: str, said: str) -> None:
    folder = tmp_path / "mitigations" / "mitigated"
    shutil.copytree(mitigated.made.path, folder)
    (folder / "mitigation.json").write_text(content, "utf-8")
    app = show(tmp_path / "mitigations")
    assert said in words(app)
    assert "Choose another mitigation, or run `tain mitigate` again" in words(app)


def test_a_file_that_was_written_anew_is_read_anew(mitigated: MitigatedRuns, tmp_path: Path) -> None:
    folder = tmp_path / "mitigations" / "mitigated"
    shutil.copytree(mitigated.made.path, folder)
    show(tmp_path / "mitigations")
    content = found(mitigated)
    content["finding"]["title"] = "what was found later"
    (folder / "mitigation.json").write_text(json.dumps(content), "utf-8")
    assert "what was found later" in words(show(tmp_path / "mitigations"))


def test_a_file_that_lacks_a_column_is_said(mitigated: MitigatedRuns, tmp_path: Path) -> None:
    folder = tmp_path / "mitigations" / "mitigated"
    shutil.copytree(mitigated.made.path, folder)
    content = found(mitigated)
    del content["steps"][1]["bias"]["floor"]
    (folder / "mitigation.json").write_text(json.dumps(content), "utf-8")
    assert "its mitigation.json is damaged" in words(show(tmp_path / "mitigations"))


def test_a_start_that_is_elsewhere_is_said_and_never_opened(mitigated: MitigatedRuns, tmp_path: Path) -> None:
    folder = tmp_path / "mitigations" / "mitigated"
    shutil.copytree(mitigated.made.path, folder)
    app = show(tmp_path / "mitigations")
    assert "The audit before the change is not among these runs" in words(app)
    assert pictures(app) == []


def test_hostile_words_are_text(mitigated: MitigatedRuns, tmp_path: Path) -> None:
    folder = tmp_path / "mitigations" / "mitigated"
    shutil.copytree(mitigated.made.path, folder)
    content = found(mitigated)
    hostile = "<script>alert(1)</script>"
    content["finding"]["title"] = content["touched"][0]["prompt"] = content["cautions"][0] = hostile
    content["steps"][1]["run"] = "../../../etc"
    (folder / "mitigation.json").write_text(json.dumps(content), "utf-8")
    app = show(tmp_path / "mitigations")
    assert hostile not in html(app)
    assert hostile in words(app)
