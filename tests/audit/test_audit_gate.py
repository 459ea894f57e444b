"""A gate over a real audit: what keeps it open, what shuts it, and that it never opens for having looked at nothing."""

import re
from pathlib import Path

import pytest
from audited import painted, write_table

from toolkit.audit.gating.gate import BROKEN, KEPT, UNCHECKED, gate, judge
from toolkit.audit.gating.policy import PolicyRecipe, RuleRecipe
from toolkit.audit.stage import audit
from toolkit.errors import RecipeError, RunError
from toolkit.recipe import load_recipe, parse_yaml
from toolkit.store import create_run

DARK = {"slice": "judge", "group": "monk-8", "measure": "share"}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Six light firefighters and six dark judges, and two judges that cannot be read."""
    folder = tmp_path_factory.mktemp("gate")
    rows = [*painted(), {"prompt": "judge", "data": b"not a picture"}, {"prompt": "chef", "data": b"nor this"}]
    table = write_table(folder / "theirs", rows)
    return audit(table, folder / "audit", recipe={"annotators": ["skin-tone"]})


def verdict(run, **rule):
    return gate(run, {"rules": [{"name": "the rule", "comparison": ">", "figure": "value", **rule}]})[0]


def test_a_figure_beyond_its_limit_breaks_a_rule_and_one_within_keeps_it(run):
    wide = verdict(run, where=DARK, figure="low", limit=0.9)
    assert (wide.outcome, wide.checked, wide.passed) == (KEPT, 1, True)  # six of six: the low end is 0.61
    narrow = verdict(run, where=DARK, figure="low", limit=0.5)
    assert (narrow.outcome, narrow.checked, narrow.passed) == (BROKEN, 1, False)
    (breach,) = narrow.breaches
    assert "their model, slice 'judge', skin tone = monk-8" in breach.text
    assert "low end 0.6097 > 0.5, value 1 [0.6097, 1]" in breach.text
    assert breach.row["n"] == 6


@pytest.mark.parametrize(
    ("comparison", "limit", "outcome"),
    [(">", 1, KEPT), (">=", 1, BROKEN), ("<", 1, KEPT), ("<=", 1, BROKEN), ("<", 2, BROKEN), (">", -1, BROKEN)],
)
def test_comparisons_are_what_they_say(run, comparison, limit, outcome):
    assert verdict(run, where=DARK, comparison=comparison, limit=limit).outcome == outcome


def test_a_distance_counts_only_where_it_is_also_sure(run):
    where = {"measure": "total_variation", "slice": ["judge", "firefighter"]}
    far = verdict(run, where=where, limit=0.3, q=0.05)
    assert (far.outcome, far.checked) == (BROKEN, 2)
    assert all(breach.row["q"] <= 0.001 and ", q = 0.000" in breach.text for breach in far.breaches)
    assert verdict(run, where=where, limit=0.3, q=0.00001).outcome == KEPT


def test_columns_match_by_name_pattern_and_list(run):
    assert verdict(run, where={"measure": "share", "slice": "judge", "group": "monk-*"}, limit=2).checked == 10
    assert verdict(run, where={"measure": "share", "slice": "all", "group": ["monk-4", "monk-8"]}, limit=2).checked == 2
    assert verdict(run, where={"subject": "their*", "measure": "share_abstained"}, limit=2).checked == 4


def test_brackets_in_a_name_are_taken_literally_first():
    row = {
        **dict.fromkeys(["subject", "attribute", "group", "measure", "annotator", "correction"], "x"),
        "slice": "a [red] hat",
        "value": 1.0,
        "low": 1.0,
        "high": 1.0,
        "q": None,
        "n": 9,
        "not_measurable": None,
        "method": None,
    }
    rule = {"name": "r", "where": {"slice": "a [red] hat"}, "figure": "value", "comparison": ">", "limit": 0}
    assert judge(load_recipe(RuleRecipe, rule), [row]).outcome == BROKEN


def test_what_checks_nothing_does_not_pass(run):
    nothing = verdict(run, where={"attribute": "skin tones"}, limit=0)
    assert (nothing.outcome, nothing.passed, nothing.checked) == (UNCHECKED, False, 0)
    assert "no row has the attribute 'skin tones'; did you mean 'skin tone'?" in nothing.text
    assert "at once" in verdict(run, where={"group": "all", "measure": "share"}, limit=0).text
    few = verdict(run, where=DARK, limit=0, min_n=7)
    assert (few.outcome, few.passed, few.passed_over) == (UNCHECKED, False, 1)
    assert "fewer than 7 labels" in few.text
    assert verdict(run, where={"attribute": "skin tones"}, limit=0, no_match="pass").passed


def test_what_cannot_be_measured_fails_unless_the_policy_lets_it_pass(run):
    where = {"measure": "share", "slice": ["chef", "judge"], "group": "monk-1"}
    strict = verdict(run, where=where, limit=0.5)
    assert (strict.outcome, strict.checked) == (BROKEN, 2)
    assert "not measurable, because the annotator abstained on all 1 pictures" in strict.breaches[0].text
    assert verdict(run, where=where, limit=0.5, min_n=5).outcome == BROKEN
    lenient = verdict(run, where=where, limit=0.5, not_measurable="pass")
    assert (lenient.outcome, lenient.checked, lenient.passed_over) == (KEPT, 1, 1)
    only_that = verdict(run, where={**where, "slice": "chef"}, limit=0.5, not_measurable="pass")
    assert (only_that.outcome, only_that.passed) == (UNCHECKED, False)


def test_a_q_that_no_test_gives_is_not_taken_for_a_pass(run):
    found = verdict(run, where={"measure": "share_abstained", "slice": "all"}, limit=0, q=0.05)
    assert found.outcome == BROKEN
    assert "no test gives share_abstained a q" in found.breaches[0].text


RULE = {"name": "a", "figure": "value", "comparison": ">", "limit": 0}


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ([], "rules"),
        ([RULE, RULE], "two rules are called 'a'"),
        ([{**RULE, "figur": "low"}], "unknown key 'rules.0.figur'; did you mean 'figure'"),
        ([{**RULE, "where": {"atribute": "x"}}], "did you mean 'attribute'"),
        ([{**RULE, "figure": "median"}], "figure"),
        ([{**RULE, "comparison": "=="}], "comparison"),
        ([{**RULE, "limit": float("nan")}], "limit"),
        ([{**RULE, "q": 2}], "q"),
    ],
)
def test_a_wrong_policy_is_told_what_is_wrong(run, rules, message):
    with pytest.raises(RecipeError, match=message):
        gate(run, {"rules": rules})


def test_only_a_finished_audit_can_be_gated(tmp_path):
    create_run(tmp_path / "empty")
    with pytest.raises(RunError, match="holds no finished audit"):
        gate(tmp_path / "empty", {"rules": [RULE]})


def test_the_policy_in_the_readme_is_understood():
    page = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    (block,) = re.findall(r"```yaml\n(rules:.*?)```", page, flags=re.DOTALL)
    first, second = load_recipe(PolicyRecipe, parse_yaml(block)).rules
    assert (first.figure, first.min_n, second.q) == ("low", 30, 0.05)
    assert (first.no_match, first.not_measurable) == ("error", "fail")


def test_the_policy_among_the_recipes_names_every_key():
    path = Path(__file__).parents[2] / "pipelines" / "recipes" / "policy.yaml"
    given = parse_yaml(path.read_text("utf-8"))["rules"]
    assert {key for rule in given for key in rule} == set(RuleRecipe.model_fields)
    assert len(load_recipe(PolicyRecipe, path).rules) == len(given)


def corrected(correction, value, **others):
    place = {"subject": "m", "slice": "judge", "attribute": "gender presentation", "group": "man", "measure": "share"}
    figures = {"value": value, "low": None, "high": None, "n": 40, "q": None, "not_measurable": None, "method": "w"}
    return place | figures | {"annotator": "clip", "correction": correction} | others


def test_a_share_and_each_of_its_corrections_have_to_keep_to_a_rule_that_names_none():
    rows = [corrected("uncorrected", 0.7), corrected("confusion matrix", 0.9), corrected("prediction-powered", 0.95)]
    rule = {"name": "r", "where": {"measure": "share"}, "figure": "value", "comparison": ">", "limit": 0.8}
    found = judge(RuleRecipe.model_validate(rule), rows)
    assert [one.row["correction"] for one in found.breaches] == ["confusion matrix", "prediction-powered"]
    assert "share by clip (prediction-powered): value 0.95 > 0.8" in found.breaches[1].text
    assert found.text == "r: broken by 2 of 3 figures (1 confusion matrix, 1 prediction-powered)"
    raw = rule | {"where": {"measure": "share", "correction": "uncorrected"}}
    assert judge(RuleRecipe.model_validate(raw), rows).outcome == KEPT
    few = [rows[0], corrected("prediction-powered", None, not_measurable="4 pictures were reviewed; 10 are needed")]
    lacking = judge(RuleRecipe.model_validate(rule), few)
    assert [one.text for one in lacking.breaches] == [
        "m, slice 'judge', gender presentation = man: share by clip (prediction-powered): not measurable, because 4 "
        "pictures were reviewed; 10 are needed"
    ]
    assert lacking.text == "r: broken by 1 of 2 figures (1 prediction-powered)"
