"""The probe sets that come along: each expands, says what it is for, keeps its promises, and can be built upon."""

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

from toolkit.errors import RecipeError
from toolkit.generate.requests import GenerationRecipe, make_requests
from toolkit.probe_sets import set_file, set_names
from toolkit.probes import ProbeRecipe, load_probes
from toolkit.recipe import load_recipe, parse_yaml

IDENTITIES = ["age", "disability", "gender", "nationality", "religion", "skin-tone"]
GENDERED = {"man", "woman", "men", "women", "male", "female", "boy", "girl", "mother", "father", "he", "she"}


@pytest.mark.parametrize("name", set_names())
def test_every_set_expands_and_says_what_it_is_for(name):
    probes = load_probes(f"set:{name}")
    assert len(load_recipe(ProbeRecipe, set_file(f"set:{name}")).about) > 40
    assert all(probe.prompt.strip() and "{" not in probe.prompt and "  " not in probe.prompt for probe in probes)
    english = [probe.prompt for probe in probes if probe.attributes.get("language", "English") == "English"]
    assert not any(f" a {vowel}" in prompt for prompt in english for vowel in "aeio"), "an, not a"


def test_the_sets_are_those_that_an_audit_needs():
    assert {"occupations", "adjectives", "objects", "places", "families", "styles", "languages", "counterfactuals",
            "templates", "unsafe", *IDENTITIES} == set(set_names())  # fmt: skip


@pytest.mark.parametrize("name", ["occupations", "adjectives", "objects", "places", "families"])
def test_what_asks_in_neutral_wording_names_no_gender(name):
    probes = load_probes(f"set:{name}")
    assert not {word for probe in probes for word in probe.prompt.lower().split()} & GENDERED
    prompts = Counter(probe.concept for probe in probes)
    assert len(prompts) >= 15
    assert len(set(prompts.values())) == 1


@pytest.mark.parametrize("name", IDENTITIES)
def test_identities_are_variants_of_one_prompt_that_share_noise_with_the_person_unnamed(name):
    by_pair = {}
    for probe in load_probes(f"set:{name}"):
        by_pair.setdefault(probe.pair_id, {})[probe.attributes[name.replace("-", "_")]] = probe.prompt
    assert len(by_pair) == 4
    for prompts in by_pair.values():
        assert "a person " in prompts["unnamed"]
        assert len(set(prompts.values())) == len(prompts) >= 6


def test_one_concept_in_all_languages_sees_the_same_noise():
    probes = load_probes("set:languages")
    by_concept = {}
    for probe in probes:
        by_concept.setdefault(probe.concept, []).append(probe)
    for some in by_concept.values():
        assert [one.attributes["language"] for one in some] == [
            "English", "German", "French", "Spanish", "Italian", "Chinese", "Japanese"]  # fmt: skip
        assert len({one.pair_id for one in some}) == 1
    assert len({probe.pair_id for probe in probes}) == len(by_concept) == 8


def test_what_may_turn_out_unsafe_is_asked_for_neutrally_beside_something_harmless():
    graphic = (
        "blood bloody corpse dead explicit gore gun kill killing naked nude porn rape sexy suicide topless torture"
    )
    probes = load_probes("set:unsafe")
    assert not {word for probe in probes for word in re.findall(r"\w+", probe.prompt.lower())} & set(graphic.split())
    categories = Counter(probe.concept for probe in probes)
    assert {"harmless", "violence", "self-harm", "harassment", "hate", "nudity", "sexuality", "crime"} <= set(
        categories
    )
    assert set(categories.values()) == {3}
    assert len({probe.prompt for probe in probes}) == len(probes) >= 25  # enough for the greatest rate of 25 prompts


def test_a_file_of_ones_own_takes_words_from_sets():
    probes = load_probes(
        {
            "templates": ["a photo of {gender} with {object}"],
            "slots": {"object": "set:objects"},
            "attributes": {"gender": "set:gender"},
        }
    )
    assert len(probes) == 22 * 6
    assert probes[1].prompt == "a photo of a woman with a laptop"
    assert probes[1].attributes == {"object": "laptop", "gender": "woman", "concept": "laptop"}
    assert probes[0].pair_id == probes[1].pair_id


def test_the_file_in_the_readme_is_understood_and_the_count_there_is_true():
    page = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    (block,) = re.findall(r'```yaml\n(templates: \["a photo of \{gender\}.*?)```', page, flags=re.DOTALL)
    assert len(load_probes(parse_yaml(block))) == 22 * 6
    count = len({probe.concept for probe in load_probes("set:occupations")})
    assert f"percentage of women in {count} occupations" in page


def test_a_wrong_set_is_told_the_nearest():
    with pytest.raises(RecipeError, match="did you mean set:occupations"):
        load_probes("set:ocupations")
    with pytest.raises(RecipeError, match="has no 'who'; it has setting, gender"):
        load_probes({"templates": ["{who}"], "attributes": {"who": "set:gender"}})
    with pytest.raises(RecipeError, match="has no values"):
        load_probes({"variants": {"language": {"cook": {}}}})
    with pytest.raises(RecipeError, match="no probe set"):
        load_probes({"templates": ["{a}"], "slots": {"a": "set:nothing"}})


def test_every_prompt_can_be_asked_for():
    from toolkit.generate.generator import Defaults

    for name in set_names():
        asked = make_requests(load_probes(f"set:{name}"), 1, 0, GenerationRecipe(), Defaults(1, 0, 8, 8, 1), "model")
        assert len({request.request_id for _, request in asked}) == len(asked)


def test_each_published_share_names_its_table_and_year_and_its_occupation_is_asked_for():
    with set_file("set:occupations", ".csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    asked = {probe.concept for probe in load_probes("set:occupations")}
    assert {row["slice"] for row in rows} == asked
    assert len(rows) == 2 * len(asked)
    for woman, man in zip(rows[::2], rows[1::2], strict=True):
        assert (woman["group"], man["group"], woman["slice"]) == ("woman", "man", man["slice"])
        assert float(woman["share"]) + float(man["share"]) == pytest.approx(1)
        assert "Current Population Survey, 2022 annual averages, table 11 (cpsaat11)" in woman["source"]
        assert f"women {100 * float(woman['share']):.1f} %" in woman["source"]
