"""Recipes: what is wrong, where, and what was probably meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from toolkit.errors import RecipeError
from toolkit.recipe import Recipe, load_recipe


class Rule(Recipe):
    threshold: float | None = Field(default=None, ge=0, le=1)
    words: tuple[str, ...] = ()


class Everything(Recipe):
    """A recipe with every kind of nesting that recipes use."""

    seed: int = 0
    pairing: Rule = Rule()
    by_name: dict[str, Rule] = Field(default_factory=dict)
    several: tuple[Rule, ...] = ()
    perhaps: Rule | None = None


def refusal(given):
    with pytest.raises(RecipeError) as caught:
        load_recipe(Everything, given)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_is_given_may_be_a_recipe_a_mapping_a_file_or_nothing(tmp_path):
    file = tmp_path / "recipe.yaml"
    file.write_text("seed: 3\npairing: {threshold: 0.5}\n")
    expected = Everything(seed=3, pairing=Rule(threshold=0.5))
    assert load_recipe(Everything, file) == expected
    assert load_recipe(Everything, str(file)) == expected
    assert load_recipe(Everything, {"seed": 3, "pairing": {"threshold": 0.5}}) == expected
    assert load_recipe(Everything, expected) is expected
    assert load_recipe(Everything, None) == Everything()


@pytest.mark.parametrize(
    ("given", "key", "meant"),
    [
        ({"sed": 1}, "sed", "seed"),
        ({"paring": {}}, "paring", "pairing"),
        ({"pairing": {"treshold": 0.5}}, "pairing.treshold", "threshold"),
        ({"by_name": {"a": {"wrds": []}}}, "by_name.a.wrds", "words"),
        ({"several": [{}, {"thresold": 0.5}]}, "several.1.thresold", "threshold"),
        ({"perhaps": {"word": []}}, "perhaps.word", "words"),
    ],
)
def test_an_unknown_key_names_the_nearest_known_one(given, key, meant):
    assert f"unknown key {key!r}; did you mean {meant!r}?" in refusal(given)


def test_every_mistake_is_named_at_once():
    said = refusal({"sed": 1, "pairing": {"threshold": 7, "wrods": []}})
    assert "'sed'" in said
    assert "pairing.threshold" in said
    assert "(found 7)" in said
    assert "'pairing.wrods'" in said


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty; expected a mapping"),
        (b"- seed\n", "holds a list; expected a mapping"),
        (b"seed: [1\n", "not valid YAML"),
        (b"seed: \xff\xfe\n", "not valid YAML"),
        (b"!!python/object/apply:os.system ['true']\n", "not valid YAML"),
        (b"1: 2\n", "Keys should be strings"),
        (b"seed: many\n", "seed: Input should be a valid integer"),
    ],
)
def test_a_file_that_is_no_recipe_is_named_with_what_it_is(tmp_path, content, words):
    file = tmp_path / "recipe.yaml"
    file.write_bytes(content)
    said = refusal(file)
    assert words in said
    assert str(file) in said


def test_a_missing_file_or_a_folder_is_named(tmp_path):
    assert "no such recipe file" in refusal(tmp_path / "nowhere.yaml")
    assert "no such recipe file" in refusal(tmp_path)


def test_a_recipe_of_another_kind_is_refused():
    assert refusal(Rule()) == "found a Rule; expected a Everything, a mapping or a YAML file"


def test_a_short_file_that_unfolds_to_a_huge_value_is_shown_short(tmp_path):
    file = tmp_path / "laughs.yaml"
    lines = ["a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    file.write_text("\n".join([*lines, "seed: *a11"]))
    said = refusal(file)
    assert "seed: Input should be a valid integer" in said
    assert len(said) < 20_000


def test_a_recipe_cannot_be_changed_once_it_is_checked():
    with pytest.raises(ValueError, match="frozen"):
        Everything().seed = 3


def test_a_key_that_would_break_the_line_is_quoted():
    with pytest.raises(RecipeError, match=r"by_name\.'\\n'") as refused:
        load_recipe(Everything, {"by_name": {"\n": None}})
    assert "\n" not in str(refused.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["seed", "pairing", "by_name", "several", "perhaps", "sede"]), JSON, max_size=4))
def test_any_mapping_is_a_recipe_or_a_recipe_error(content):
    said = ""
    try:
        checked = load_recipe(Everything, content)
    except RecipeError as error:
        said = str(error)
    assert said or Everything.model_validate(checked.model_dump()) == checked
    assert "\n" not in said
