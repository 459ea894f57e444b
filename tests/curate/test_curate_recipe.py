"""The recipe: its file says what the code does, and mistakes are named."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from reasons import reasons

import pipelines
from toolkit.curate.plan import plan_of
from toolkit.curate.recipe import CurateRecipe
from toolkit.curate.rule import Threshold
from toolkit.errors import RecipeError
from toolkit.recipe import load_recipe

FILE = Path(pipelines.__file__).parent / "recipes" / "curate.yaml"


def test_the_file_holds_the_defaults() -> None:
    assert load_recipe(CurateRecipe, FILE) == CurateRecipe()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"caption": {}}, "did you mean 'captions'"),
        ({"captions": {"min_word": 2}}, "did you mean 'min_words'"),
        ({"duplicates": {"perceptual": {"distance": 21}}}, "duplicates.perceptual.distance.*less than or equal to 20"),
        ({"pairing": {"threshold": 0.2}}, "need a model"),
        ({"pictures": {"min_side": "large"}}, "pictures.min_side.*'large'"),
    ],
)
def test_a_mistake_is_named(content: dict[str, object], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        load_recipe(CurateRecipe, content)


def test_null_takes_a_rule_away_and_leaves_its_score() -> None:
    nothing = {
        "captions": dict.fromkeys(
            [
                "min_characters",
                "max_characters",
                "min_words",
                "max_words",
                "max_repetition",
                "max_symbols",
                "junk",
                "personal_data",
                "boilerplate_rows",
            ]
        ),
        "pictures": dict.fromkeys(("min_side", "max_aspect", "min_entropy", "max_blankness")),
        "duplicates": {"exact": False, "perceptual": None},
    }
    plan = plan_of(load_recipe(CurateRecipe, nothing))
    assert plan.rules == ()
    assert {scorer.name for scorer in plan.scorers} == {scorer.name for scorer in plan_of(CurateRecipe()).scorers}


def test_a_threshold_says_what_was_found_and_what_is_asked_for() -> None:
    rule = Threshold("caption_characters", "n", "caption has {value} characters", minimum=5, maximum=9)
    taken = reasons(rule.judge(pa.table({"sample_id": list("abcd"), "n": [3, 5, 9, 10]})))
    assert taken[0] == ("caption_characters", "3", "5", "caption has 3 characters; at least 5 are asked for")
    assert taken[3].text == "caption has 10 characters; at most 9 are asked for"
    assert sorted(taken) == [0, 3]


@given(st.lists(st.floats(allow_nan=True)), st.floats(-10, 10))
def test_a_threshold_takes_exactly_what_is_outside(values: list[float], minimum: float) -> None:
    rows = pa.table({"sample_id": [str(i) for i in range(len(values))], "x": pa.array(values, pa.float64())})
    taken = reasons(Threshold("x", "x", "{value}", minimum=minimum).judge(rows))
    assert sorted(taken) == [row for row, value in enumerate(values) if not value >= minimum]


def test_the_documented_recipe_names_every_key() -> None:
    text = FILE.read_text("utf-8")
    missing = [
        f"{section}.{key}"
        for section, field in CurateRecipe.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
        for key in field.annotation.model_fields
        if not re.search(rf"^ +(# +)?{key}: ", text, flags=re.MULTILINE)
    ]
    assert not missing
    assert all(re.search(rf"^{section}:", text, flags=re.MULTILINE) for section in CurateRecipe.model_fields)
