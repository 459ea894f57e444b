"""A mitigation judged by the real pipeline: mitigation.json says what the tables say, and it fits its schema."""

from __future__ import annotations

import copy
import json
import shutil
from importlib.resources import files

import jsonschema
import pytest
from mitigated_runs import GENDER, MODEL, REPLICATES, ROLES, STEERED, After, MitigatedRuns, asked, forgotten

from pipelines.mitigate.judging import judge_mitigation
from toolkit.audit.stage import audit
from toolkit.errors import RunError
from toolkit.mitigate.aim import aim_at
from toolkit.mitigate.target import uniform_target
from toolkit.store import RunFolder, create_run


@pytest.fixture(scope="module")
def found(mitigated: MitigatedRuns):
    return json.loads((mitigated.made.path / "mitigation.json").read_text("utf-8"))


def read(run):
    values = {row["subject_id"]: row["value"] for row in run.read("labels").to_pylist() if row["attribute"] == GENDER}
    return {(row["prompt"], row["seed"]): values[row["request_id"]] for row in run.read("requests").to_pylist()}


def test_it_fits_its_schema(found):
    schema = json.loads(files("toolkit.report").joinpath("mitigation.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(found, schema)
    broken = copy.deepcopy(found)
    broken["steps"][0]["bias"]["after"] = 2
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, schema)


def test_shares_and_pairs_are_those_of_the_labels(mitigated: MitigatedRuns, found):
    before = read(mitigated.before)
    for step, run in zip(found["steps"], (mitigated.half, mitigated.whole), strict=True):
        after = read(run)
        assert [(row["slice"], row["group"]) for row in step["skew"]] == [
            (role, group) for role in STEERED for group in ("man", "woman")
        ]
        for row in step["skew"]:
            names = [name for name in before if name[0] == row["slice"]]
            told = [name for name in names if before[name] and after[name]]
            counts = [sum(side[name] == row["group"] for name in names) for side in (before, after)]
            assert row["before"] == pytest.approx(counts[0] / row["n_before"], abs=1e-6)
            assert row["after"] == pytest.approx(counts[1] / row["n_after"], abs=1e-6)
            assert row["pairs"] == len(told)
            assert row["n_before"] + row["abstained_before"] == REPLICATES
            assert row["change"] == pytest.approx(row["after"] - row["before"], abs=1e-5)
        distances = [abs(row["after"] - 0.5) for row in step["skew"]]
        assert step["bias"]["after"] == pytest.approx(sum(distances) / len(distances), abs=1e-5)


def test_each_strength_names_its_run_and_has_a_comparison(mitigated: MitigatedRuns, found):
    assert [one["strength"] for one in found["steps"]] == [0.5, 1.0]
    for step, run in zip(found["steps"], (mitigated.half, mitigated.whole), strict=True):
        assert (mitigated.made.path / step["run"]).resolve() == run.path.resolve()
        compared = json.loads((mitigated.made.path / f"compare-{step['strength']:g}" / "compare.json").read_text())
        mine = [{key: one[key] for key in one if not key.startswith("subject_")} for one in compared["costs"]]
        assert mine == step["costs"]
        assert step["compute"]["pictures"] == REPLICATES * len(ROLES)
        assert step["compute"]["seconds_painting_after"] > 0


def test_the_comparison_with_costs_fits_its_schema(mitigated: MitigatedRuns):
    compared = json.loads((mitigated.made.path / "compare-1" / "compare.json").read_text("utf-8"))
    schema = json.loads(files("toolkit.report").joinpath("compare.schema.json").read_text("utf-8"))
    jsonschema.validate(compared, schema)
    assert {one["measure"] for one in compared["costs"]} >= {"clip_score", "vendi"}
    page = (mitigated.made.path / "compare-1" / "compare.html").read_text("utf-8")
    assert "What it cost" in page
    (row,) = [one for one in compared["costs"] if (one["measure"], one["slice"]) == ("vendi", "all")]
    said = f"vendi (higher is better): {row['before']:.3g} -> {row['after']:.3g}"
    assert said in (mitigated.made.path / "compare-1" / "compare.md").read_text("utf-8")


def test_the_start_is_a_point_of_the_trade_off(found):
    assert set(found["pareto"]) <= {0.0, 0.5, 1.0}
    best = min([found["steps"][0]["bias"]["before"], *(one["bias"]["after"] for one in found["steps"])])
    chosen = {0.0: found["steps"][0]["bias"]["before"]}
    chosen |= {one["strength"]: one["bias"]["after"] for one in found["steps"]}
    assert best in {chosen[strength] for strength in found["pareto"]}


def test_what_a_reader_must_know_is_said(found):
    said = " ".join(found["cautions"])
    assert "One annotator, clip" in said
    assert "uncorrected" in said
    assert "chosen because it stood out" in said


def test_judging_again_gives_the_same_file(mitigated: MitigatedRuns, tmp_path):
    made = create_run(tmp_path / "again")
    with made.stage("mitigate"):
        after = After(1.0, mitigated.whole, MODEL, already_said=tuple(forgotten()))
        judge_mitigation(made, mitigated.before, [after], asked())
    one = json.loads((made.path / "mitigation.json").read_text("utf-8"))["steps"][0]
    two = json.loads((mitigated.made.path / "mitigation.json").read_text("utf-8"))["steps"][1]
    assert one | {"run": ""} == two | {"run": ""}


def test_abstentions_are_bounded_and_said(mitigated: MitigatedRuns, tmp_path):
    strict = tmp_path / "strict"
    shutil.copytree(mitigated.whole.path, tmp_path / "painted")
    for name in ("labels", "measures", "embeddings", "content", "marks"):
        shutil.rmtree(tmp_path / "painted" / name, ignore_errors=True)
    painted = RunFolder(tmp_path / "painted")
    sure = {"zero_shot": {"min_probability": 0.9, "min_margin": 0.0, "min_similarity": 0.0}, "min_agreement": 0.0}
    after = audit(painted, strict, recipe={"annotators": ["clip"]} | sure)
    made = create_run(tmp_path / "out")
    with made.stage("mitigate"):
        said = judge_mitigation(made, mitigated.before, [After(1.0, after, MODEL)], asked())
    rows = [row for row in said["steps"][0]["skew"] if row["abstained_after"]]
    assert rows
    for row in rows:
        seen = row["n_after"] + row["abstained_after"]
        assert seen == REPLICATES
        if row["after"] is not None:
            assert row["after_worst_low"] <= row["after"] <= row["after_worst_high"]
            told = f"after the change {row['abstained_after']} could not be told"
            assert any(told in one for one in said["steps"][0]["cautions"])


def test_what_the_first_audit_lacks_is_refused(mitigated: MitigatedRuns, tmp_path):
    made = create_run(tmp_path / "out")
    wrong = asked()._replace(target=uniform_target(["astronaut"], ("man", "woman")))
    with made.stage("mitigate"), pytest.raises(RunError, match="name a finding of that audit"):
        judge_mitigation(made, mitigated.before, [After(1.0, mitigated.whole, MODEL)], wrong)
    with pytest.raises(RunError, match="paint and audit at one strength at least"):
        judge_mitigation(made, mitigated.before, [], asked())


def test_a_correction_that_only_one_audit_has_is_said(mitigated: MitigatedRuns, tmp_path):
    plain = asked()
    corrected = aim_at(dict(plain.aim.finding) | {"correction": "confusion matrix"}, STEERED)
    made = create_run(tmp_path / "out")
    with made.stage("mitigate"), pytest.raises(RunError, match="confusion matrix"):
        judge_mitigation(made, mitigated.before, [After(1.0, mitigated.whole, MODEL)], plain._replace(aim=corrected))
