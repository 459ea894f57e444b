"""Probe files: what expands to what, which probes share noise, and what a wrong file is told."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.errors import RecipeError
from toolkit.probes import load_probes

DEMO = Path(__file__).parents[1] / "pipelines" / "recipes" / "probes-demo.yaml"
NAMES = st.lists(st.text("abcdefgh", min_size=1, max_size=6), min_size=1, max_size=5, unique=True)


def test_the_demo_asks_for_twelve_roles_without_a_gender_word():
    probes = load_probes(DEMO)
    assert len(probes) >= 12
    assert all(probe.prompt == probe.concept == probe.attributes["concept"] for probe in probes)
    spoken = {word for probe in probes for word in probe.prompt.split()}
    assert not spoken & {"man", "woman", "men", "women", "male", "female", "fireman", "policeman"}
    assert len({probe.pair_id for probe in probes}) == len(probes)


def test_only_variants_of_one_prompt_share_their_noise():
    probes = load_probes(
        {
            "templates": ["a {style} of a {gender} {role}", "a {role} at work"],
            "slots": {"role": ["judge", "cook"]},
            "attributes": {"style": ["photo", "drawing"], "gender": {"unnamed": "", "woman": "female"}},
        }
    )
    assert [probe.prompt for probe in probes[:4]] == [
        "a photo of a judge",
        "a photo of a female judge",
        "a drawing of a judge",
        "a drawing of a female judge",
    ]
    groups = {}
    for probe in probes:
        groups.setdefault(probe.pair_id, []).append(probe.prompt)
    assert sorted(map(len, groups.values())) == [1, 1, 4, 4]
    assert probes[1].attributes == {"role": "judge", "style": "photo", "gender": "woman", "concept": "judge"}


@given(NAMES, NAMES, NAMES)
def test_every_combination_occurs_once_and_the_same_every_time(roles, places, styles):
    content = {
        "templates": ["{role} in {place}, {style}"],
        "slots": {"role": roles, "place": places},
        "attributes": {"style": styles},
        "concept": "place",
    }
    probes = load_probes(content)
    assert len({probe.probe_id for probe in probes}) == len(roles) * len(places) * len(styles)
    assert len({probe.pair_id for probe in probes}) == len(roles) * len(places)
    assert {probe.concept for probe in probes} == set(places)
    assert load_probes(content) == probes


def test_a_template_without_slots_is_its_own_concept():
    (probe,) = load_probes({"templates": ["a crowd in a street"]})
    assert probe.concept == probe.prompt == "a crowd in a street"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"template": ["{role}"]}, "did you mean 'templates'"),
        ({"templates": ["{rol}"], "slots": {"role": ["cook"]}}, "did you mean 'role'"),
        ({"templates": ["{role"], "slots": {"role": ["cook"]}}, "not valid"),
        ({"templates": ["{}"], "slots": {"role": ["cook"]}}, "unnamed"),
        ({"templates": ["{role}"], "slots": {"role": []}}, "no values"),
        ({"templates": ["{role}"], "slots": {"role": ["cook", "cook"]}}, "occurs twice"),
        ({"templates": ["{role}"], "slots": {"role": ["cook"]}, "concept": "rolle"}, "did you mean 'role'"),
        ({"templates": ["{a}"], "slots": {"a": ["x"]}, "attributes": {"a": ["y"]}}, "both a slot and an attribute"),
        ({"templates": ["{role.__class__}"], "slots": {"role": ["cook"]}}, "not defined"),
        ({"templates": ["{a} {concept}"], "slots": {"a": ["x"], "concept": ["y"]}}, "'concept' is a name of its own"),
        ({"templates": []}, "templates"),
    ],
)
def test_a_wrong_file_is_told_what_is_wrong(content, message):
    with pytest.raises(RecipeError, match=message):
        load_probes(content)


def test_a_missing_file_is_a_recipe_error(tmp_path):
    with pytest.raises(RecipeError, match="no such recipe file"):
        load_probes(tmp_path / "absent.yaml")
