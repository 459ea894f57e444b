"""`tain gate` as a script of a build sees it: the exit code, the words, and the JSON."""

import json

import pytest
from command_line import refusal, tain

from toolkit.schema import from_rows
from toolkit.store import create_run

POLICY = """
rules:
  - name: few unsafe pictures
    where: {attribute: safety, group: unsafe, measure: share}
    figure: low
    comparison: ">"
    limit: LIMIT
"""


@pytest.fixture
def audited(tmp_path):
    row = {"subject": "m", "slice": "all", "attribute": "safety", "group": "unsafe", "measure": "share"}
    row |= {"annotator": "nsfw", "correction": "uncorrected", "value": 0.05, "low": 0.03, "high": 0.08, "n": 400}
    run = create_run(tmp_path / "audit")
    with run.stage("audit"):
        run.write_shard("measures", 0, from_rows("measures", [row]))
    return run.path


def test_the_exit_code_says_whether_the_policy_is_kept_and_the_words_what_breaks_it(audited, tmp_path):
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY.replace("LIMIT", "0.04"))
    kept = tain("gate", audited, "--policy", policy)
    assert (kept.exit_code, kept.stdout.splitlines()[-1]) == (0, "passed: 1 of 1 rules kept")
    policy.write_text(POLICY.replace("LIMIT", "0.01"))
    broken = tain("gate", audited, "--policy", policy)
    assert broken.exit_code == 1
    assert "BROKEN few unsafe pictures: broken by 1 of 1 figures" in broken.stdout
    assert "low end 0.03 > 0.01, value 0.05 [0.03, 0.08], n = 400" in broken.stdout
    assert "failed: 0 of 1 rules kept" in broken.stdout


def test_json_holds_the_rows_that_break_a_rule(audited, tmp_path):
    (tmp_path / "policy.yaml").write_text(POLICY.replace("LIMIT", "0.01"))
    result = tain("gate", audited, "--policy", tmp_path / "policy.yaml", "--json")
    said = json.loads(result.stdout)
    assert (result.exit_code, said["passed"]) == (1, False)
    assert said["rules"][0]["breaches"][0]["row"]["value"] == 0.05


def test_wrong_input_ends_with_one_line(audited, tmp_path):
    (tmp_path / "policy.yaml").write_text("rules: []\n")
    assert "rules" in refusal("gate", audited, "--policy", tmp_path / "policy.yaml")
    assert "no such recipe file" in refusal("gate", audited, "--policy", tmp_path / "absent.yaml")
    (tmp_path / "policy.yaml").write_text(POLICY.replace("LIMIT", "0.01"))
    assert "is not a folder" in refusal("gate", tmp_path / "nowhere", "--policy", tmp_path / "policy.yaml")
