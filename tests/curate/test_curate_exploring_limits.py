"""Thresholds of a recipe: each leads to the rule that it bounds, and comes back from YAML."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.curate.exploring.limits import limits_of, recipe_yaml, with_limit
from toolkit.curate.plan import plan_of
from toolkit.curate.recipe import CurateRecipe
from toolkit.curate.rule import Threshold
from toolkit.recipe import load_recipe, parse_yaml

RECIPE = load_recipe(
    CurateRecipe,
    {
        "precomputed": {"punsafe": {"maximum": 0.5}, "similarity": {"column": "clip", "minimum": 0.2}, "side": {}},
        "pairing": {"model": "zoo:clip"},
        "safety": {"zero_shot": {}},
    },
)


class _Any(frozenset[str]):
    def __contains__(self, one: object) -> bool:
        return True


LIMITS = limits_of(RECIPE, _Any())
LARGEST = {"min_jpeg_quality": 100.0, "min_entropy": 8.0}


def a_value(key: str) -> float:
    """Return a value that the key `key` takes, another one than the default."""
    whole = key.startswith("min_") and not key.endswith(("entropy", "brightness", "contrast", "sharpness"))
    return 3.0 if whole or key in ("max_words", "max_characters", "max_aspect") else 0.25


@pytest.mark.parametrize("limit", LIMITS, ids=lambda one: one.key)
def test_a_limit_is_that_of_the_rule_that_it_names(limit) -> None:
    value = a_value(limit.path[-1])
    found = with_limit(RECIPE, limit, value)
    rules = [rule for rule in plan_of(found).rules if rule.name == limit.rule]
    assert len(rules) == 1
    (rule,) = rules
    assert isinstance(rule, Threshold)
    assert (rule.column, getattr(rule, limit.side)) == (limit.column, value)
    again = next(one for one in limits_of(found, [limit.column]) if one.key == limit.key)
    assert again.value == value
    others = {one.key: one.value for one in limits_of(found, _Any()) if one.key != limit.key}
    assert others == {one.key: one.value for one in LIMITS if one.key != limit.key}, "nothing else has moved"


def test_every_threshold_of_a_plan_can_be_moved() -> None:
    rules = {rule.name for rule in plan_of(RECIPE).rules if isinstance(rule, Threshold)}
    assert rules <= {one.rule for one in LIMITS}
    assert {one.key for one in LIMITS if one.path[0] == "safety"} >= {"safety.zero_shot.categories.weapon.maximum"}


def test_only_limits_on_known_scores_are_given() -> None:
    found = limits_of(RECIPE, ["caption_words", "picture_side"])
    assert [one.key for one in found] == ["captions.min_words", "captions.max_words", "pictures.min_side"]
    assert [one.value for one in found] == [1, 200, 16]


@given(limit=st.sampled_from([one for one in LIMITS if one.path[-1] in ("max_light", "min_contrast", "minimum")]),
       value=st.floats(0, 1))  # fmt: skip
def test_a_recipe_comes_back_from_its_yaml(limit, value: float, tmp_path_factory: pytest.TempPathFactory) -> None:
    recipe = with_limit(RECIPE, limit, value)
    file = tmp_path_factory.mktemp("recipes") / "recipe.yaml"
    file.write_text(recipe_yaml(recipe), "utf-8")
    assert load_recipe(CurateRecipe, file) == recipe
    assert next(one.value for one in limits_of(recipe, _Any()) if one.key == limit.key) == value


def test_hostile_names_stay_names(tmp_path: Path) -> None:
    name = "a: b"
    recipe = load_recipe(CurateRecipe, {"precomputed": {name: {"minimum": 1}}, "captions": {"word_list": "- é\n#x"}})
    (limit,) = limits_of(recipe, [f"precomputed_{name}"])[:1]
    found = with_limit(recipe, limit, 2)
    assert parse_yaml(recipe_yaml(found))["captions"]["word_list"] == "- é\n#x"
    file = tmp_path / "recipe.yaml"
    file.write_text(recipe_yaml(found), "utf-8")
    assert load_recipe(CurateRecipe, file).precomputed[name].minimum == 2
