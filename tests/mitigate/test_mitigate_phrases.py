"""How a prompt says a value, and how a caption comes to say none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.errors import RecipeError
from toolkit.mitigate.captions import without_words
from toolkit.mitigate.phrases import Phrase, load_phrases, say
from toolkit.mitigate.prompts_about import SAID, prompt_about
from toolkit.probes import load_probes

GENDER = load_phrases("gender presentation", ["woman", "man"], None)
WOMAN, OLD, DARK = Phrase(before="woman"), Phrase(before="old"), Phrase(after="with dark skin")


@pytest.mark.parametrize(
    ("prompt", "phrase", "concept", "wanted"),
    [
        ("pilot", WOMAN, "pilot", "woman pilot"),
        ("a photo of a pilot at work", WOMAN, "pilot", "a photo of a woman pilot at work"),
        ("A photo of an architect", WOMAN, "architect", "A photo of a woman architect"),
        ("a portrait of a pilot", OLD, "pilot", "a portrait of an old pilot"),
        ("a photo of a pilot at work", DARK, "pilot", "a photo of a pilot with dark skin at work"),
        ("Pilots, in a row", WOMAN, "pilot", "woman Pilots, in a row"),
        ("the one who flies", WOMAN, "pilot", "the one who flies, woman"),
        ("a copilot", WOMAN, "pilot", "a copilot, woman"),
    ],
)
def test_the_value_is_said_of_what_the_prompt_is_about(prompt: str, phrase: Phrase, concept: str, wanted: str) -> None:
    assert say(prompt, phrase, concept) == wanted


def test_a_prompt_that_was_changed_says_so_to_the_next_reader() -> None:
    for one in load_probes("set:occupations"):
        for phrase in GENDER.values.values():
            assert prompt_about(say(one.prompt, phrase, one.concept), GENDER.said).left_alone == SAID


@pytest.mark.parametrize(
    ("caption", "concept", "wanted"),
    [
        ("woman pilot", "pilot", "pilot"),
        ("man pilot: light skin tone", "pilot", "pilot: light skin tone"),
        ("A portrait of a woman artist, at work", "artist", "A portrait of an artist, at work"),
        ("pilot", "pilot", None),
        ("a queen", "queen", ""),
        ("her pilot, him and a man", "pilot", "pilot, and a"),
    ],
)
def test_captions_lose_the_words_that_name_a_value(caption: str, concept: str, wanted: str | None) -> None:
    assert without_words(caption, GENDER.said, concept) == wanted


@given(st.text(max_size=40))
def test_no_caption_breaks_the_rewriting(caption: str) -> None:
    found = without_words(f"{caption} woman pilot", GENDER.said, "pilot")
    assert found is not None
    assert not found or prompt_about(found, GENDER.said).left_alone != SAID


def test_phrases_that_nobody_gave_are_asked_for(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="nothing says how a prompt says 'hair'"):
        load_phrases("hair", ["red"], None)
    with pytest.raises(RecipeError, match="no phrase for 'robot'"):
        load_phrases("gender presentation", ["woman", "robot"], None)
    file = tmp_path / "phrases.yaml"
    file.write_text("hair:\n  values: {red: {before: red-haired}, fair: {after: with fair hair}}\n  said: [hair]\n")
    assert say("a pilot", load_phrases("hair", ["red"], file).values["red"], "pilot") == "a red-haired pilot"
    file.write_text("hair:\n  values: {red: {before: red, after: hair}}\n")
    with pytest.raises(RecipeError, match="one of the two"):
        load_phrases("hair", ["red"], file)
