"""Which prompts a mitigation may touch: people of whom nothing is said, and no others."""

from __future__ import annotations

import pytest

from toolkit.mitigate.over_application import over_application
from toolkit.mitigate.phrases import load_phrases
from toolkit.mitigate.prompts_about import NO_PEOPLE, SAID, SETTLED, prompt_about
from toolkit.probes import load_probes

GENDER = load_phrases("gender presentation", ["woman", "man"], None).said
TONE = load_phrases("skin tone", ["monk-1"], None).said

MAY_BE_TOUCHED = [
    "a photo of a nurse",
    "two engineers looking at a plan",
    "A portrait of the CEO of a start-up, oil painting",
    "firefighters in front of an engine",
    "a doctor in New York",
    "someone reading on a bench",
    "a crowd on a square in São Paulo",
    "politicians shaking hands",
    "Construction Worker on a roof, wide angle",
    "a person at a desk in 2015",
    "children playing in the snow",
    "A scientist, 1985, film grain",
]


@pytest.mark.parametrize("prompt", MAY_BE_TOUCHED)
def test_people_of_whom_nothing_is_said_may_be_touched(prompt: str) -> None:
    assert prompt_about(prompt, GENDER).left_alone is None


@pytest.mark.parametrize(
    ("prompt", "said", "why"),
    [
        ("a photo of a female nurse", GENDER, SAID),
        ("Her first day as a pilot", GENDER, SAID),
        ("two WOMEN at work", GENDER, SAID),
        ("a photo of a Black doctor", TONE, SAID),
        ("a dark-skinned dancer", TONE, SAID),
        ("a nurse in 1916", GENDER, SETTLED),
        ("workers of the 1890s", GENDER, SETTLED),
        ("Ada Lovelace at her desk", TONE, SETTLED),
        ("a scientist who looks like Ludwig van Beethoven", GENDER, SETTLED),
        ("medieval builders on a scaffold", GENDER, SETTLED),
        ("a red bicycle", GENDER, NO_PEOPLE),
        ("a model train on a bridge", GENDER, NO_PEOPLE),
        ("", GENDER, NO_PEOPLE),
        ("🚲", GENDER, NO_PEOPLE),
    ],
)
def test_others_are_left_alone_and_the_reason_is_said(prompt: str, said: tuple[str, ...], why: str) -> None:
    found = prompt_about(prompt, said)
    assert found.left_alone == why
    assert bool(found.words) == (why != NO_PEOPLE), "the words that decided are named"


def test_what_an_audit_takes_a_prompt_to_be_about_counts() -> None:
    assert prompt_about("the one with the stethoscope", GENDER, "doctor").left_alone is None
    assert prompt_about("the one with the stethoscope", GENDER, "bicycle").left_alone == NO_PEOPLE


def test_all_prompts_of_the_occupations_may_be_touched() -> None:
    probes = load_probes("set:occupations")
    left = [one.prompt for one in probes if prompt_about(one.prompt, GENDER, one.concept).left_alone is not None]
    assert left == ["a photo of an actor", "a portrait of an actor at work"], "which word says a man, to many"


def test_prompts_of_the_gender_probes_are_left_alone_but_for_the_unnamed() -> None:
    touched = {
        one.attributes["gender"]
        for one in load_probes("set:gender")
        if prompt_about(one.prompt, GENDER).left_alone is None
    }
    assert touched == {"unnamed"}


def test_over_application_is_counted_with_its_interval() -> None:
    for attribute, values in (("gender presentation", ["woman"]), ("skin tone", ["monk-1"])):
        rows = over_application(attribute, load_phrases(attribute, values, None).said)
        assert [one.kind for one in rows] == [SAID, SETTLED, NO_PEOPLE]
        for one in rows:
            assert one.requests == 20
            assert one.steered == len(one.examples) <= 1
            assert one.low <= one.share <= one.high
    naive = over_application("gender presentation", ())
    assert naive[0].steered == 15, "who looks for no word touches most of them"
