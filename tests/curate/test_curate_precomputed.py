"""Scores that the input brings along."""

from __future__ import annotations

import json
import math
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reasons import reasons

from toolkit.curate.precomputed.known_columns import columns_called
from toolkit.curate.precomputed.rules import rules, scorers
from toolkit.curate.precomputed.values import number_of, sides_of, word_of
from toolkit.curate.recipe import CurateRecipe
from toolkit.curate.rule import Reason
from toolkit.curate.scorer import Batch, Facts
from toolkit.errors import RecipeError
from toolkit.recipe import load_recipe

LAION = {
    "SAMPLE_ID": 2_500_000_001,
    "WIDTH": 640,
    "HEIGHT": 480,
    "similarity": 0.3123,
    "punsafe": 0.0002,
    "pwatermark": 0.91,
    "AESTHETIC_SCORE": 5.25,
    "NSFW": "UNLIKELY",
    "LANGUAGE": "en",
}
DATACOMP = {
    "uid": "00000000000000000000000000000001",
    "original_width": 300,
    "original_height": 900,
    "clip_b32_similarity_score": 0.25,
    "clip_l14_similarity_score": 0.21,
    "face_bboxes": [[0.1, 0.1, 0.2, 0.2], [0.5, 0.1, 0.6, 0.2]],
}
IMG2DATASET = {"width": 256, "height": 171, "original_width": 1200, "original_height": 800, "status": "success"}


def asked(content: dict[str, Any]) -> CurateRecipe:
    return load_recipe(CurateRecipe, {"precomputed": content})


def scored(recipe: CurateRecipe, rows: list[dict[str, Any]]) -> pa.Table:
    batch = Batch(facts=[Facts(meta=json.dumps(row)) for row in rows])
    columns = {name: values for one in scorers(recipe.precomputed) for name, values in one.score(batch).items()}
    return pa.table({"sample_id": [str(row) for row in range(len(rows))], **columns})


def taken(recipe: CurateRecipe, rows: list[dict[str, Any]]) -> dict[str, dict[int, Reason]]:
    """Judge as the cascade does: a rule sees the rows that have its columns."""
    table = scored(recipe, rows)
    found = {}
    for rule in rules(recipe.precomputed):
        small = table.select(["sample_id", *rule.columns]).filter(pa.compute.is_valid(table[rule.columns[0]]))
        at = [int(one) for one in small["sample_id"].to_pylist()]
        found[rule.name] = {at[row]: reason for row, reason in reasons(rule.judge(small)).items()}
    return found


@pytest.mark.parametrize(
    ("called", "row", "value"),
    [
        ("similarity", LAION, 0.3123),
        ("punsafe", LAION, 0.0002),
        ("pwatermark", LAION, 0.91),
        ("aesthetic", LAION, 5.25),
        ("nsfw", LAION, 0.0),
        ("side", LAION, 480.0),
        ("aspect", LAION, 640 / 480),
        ("clip_b32_similarity_score", DATACOMP, 0.25),
        ("clip_l14_similarity_score", DATACOMP, 0.21),
        ("faces", DATACOMP, 2.0),
        ("side", DATACOMP, 300.0),
        ("aspect", DATACOMP, 3.0),
        ("side", IMG2DATASET, 800.0),
        ("SAMPLE_ID", LAION, 2_500_000_001.0),
        ("similarity", DATACOMP, None),
        ("aspect", {"WIDTH": 0, "HEIGHT": 5}, None),
        ("side", {"WIDTH": 5}, None),
    ],
)
def test_the_scores_of_known_data_sets_are_found(called: str, row: dict[str, Any], value: float | None) -> None:
    assert scored(asked({called: {}}), [row])[f"precomputed_{called}"].to_pylist() == [value]


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (0.5, 0.5),
        (3, 3.0),
        (True, 1.0),
        (" 0.25 ", 0.25),
        ("1e3", 1000.0),
        ("UNLIKELY", 0.0),
        ("unsure", 0.5),
        ("NSFW", 1.0),
        ([], 0.0),
        ([[1, 2], [3, 4]], 2.0),
        ("nan", None),
        ("inf", None),
        (10**400, None),
        ("high", None),
        ("", None),
        (None, None),
        ({"x": 1}, None),
    ],
)
def test_numbers_are_read_from_what_people_write(value: object, number: float | None) -> None:
    assert number_of(value) == number


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(JSON, JSON)
def test_any_value_is_a_finite_number_and_a_word_or_none(one: object, other: object) -> None:
    number, word = number_of(one), word_of(one)
    assert number is None or math.isfinite(number)
    assert word is None or word.strip() == word != ""
    sides = sides_of({"w": one, "h": other}, ["w"], ["h"])
    assert sides is None or 0 < sides[0] <= sides[1] < math.inf


def test_limits_take_what_is_outside_and_pass_over_what_is_missing() -> None:
    rows = [LAION, LAION | {"similarity": 0.29}, LAION | {"punsafe": 0.7}, DATACOMP]
    found = taken(asked({"similarity": {"minimum": 0.3}, "punsafe": {"maximum": 0.5}}), rows)
    assert {rule: sorted(of) for rule, of in found.items()} == {
        "precomputed_similarity": [1],
        "precomputed_punsafe": [2],
    }
    assert found["precomputed_similarity"][1].text == "the input says 0.29 for similarity; at least 0.3 are asked for"


def test_rows_without_a_value_go_where_the_recipe_says_so() -> None:
    recipe = asked({"similarity": {"minimum": 0.3, "missing": "drop"}, "side": {"missing": "drop"}})
    found = taken(recipe, [LAION, DATACOMP, {}])
    assert {rule: sorted(of) for rule, of in found.items()} == {
        "precomputed_similarity_missing": [1, 2],
        "precomputed_similarity": [],
        "precomputed_side_missing": [2],
    }
    assert "has no similarity" in found["precomputed_similarity_missing"][1].text


def test_words_are_wanted_or_not_in_any_case() -> None:
    rows = [{"LANGUAGE": "en"}, {"LANGUAGE": "EN"}, {"LANGUAGE": "de"}, {}, {"lang": "fr"}]
    found = taken(asked({"language": {"words": ["en", "it"]}}), rows)["precomputed_language"]
    assert {row: one.text for row, one in found.items()} == {
        2: "the input says de for language; en, it asked for",
        4: "the input says fr for language; en, it asked for",
    }


def test_any_column_can_be_named_and_rows_set_apart() -> None:
    recipe = asked({"mine": {"column": "My score", "maximum": 1, "status": "quarantined"}})
    found = taken(recipe, [{"My score": "2"}, {"My score": 1}, {"mine": 9}])
    assert {rule: sorted(of) for rule, of in found.items()} == {"precomputed_mine": [0]}
    assert [rule.status for rule in rules(recipe.precomputed)] == ["quarantined"]


def test_the_input_is_asked_for_nothing_that_no_recipe_names() -> None:
    assert scorers(CurateRecipe().precomputed) == []
    assert rules(CurateRecipe().precomputed) == []


def test_each_column_is_scored_once() -> None:
    recipe = asked(
        {"side": {"minimum": 1}, "aspect": {"maximum": 3}, "mine": {"column": "similarity"}, "similarity": {}}
    )
    assert [one.name for one in scorers(recipe.precomputed)] == ["precomputed_size", "precomputed_similarity"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"similarity": {"minimun": 0.3}}, "did you mean 'minimum'"),
        ({"similarity": {"minimum": "high"}}, "precomputed.similarity.minimum"),
        ({"language": {"words": ["en"], "minimum": 1}}, "words are wanted or not"),
        ({"similarity": {"top_fraction": 0}}, "greater than 0"),
        ({"{x}": {"minimum": 1}}, "precomputed"),
    ],
)
def test_a_mistake_is_named(content: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        asked(content)


def test_known_names_come_first_and_unknown_ones_are_columns() -> None:
    assert columns_called("width")[0] == "original_width"
    assert columns_called("my score") == ("my score",)
