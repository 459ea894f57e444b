"""Whom a caption names, so that people who differ are no copies of one another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.curate.groups.named import gender_named, people_named, skin_tone_named


@pytest.mark.parametrize(
    ("caption", "people", "gender", "tone"),
    [
        ("firefighter", "", "", ""),
        ("woman firefighter: medium skin tone", "woman", "woman", "medium"),
        ("Man: medium-dark skin tone", "man", "man", "medium-dark"),
        ("person in suit levitating: dark skin tone", "", "", "dark"),
        ("men with bunny ears", "man", "man", ""),
        ("family: woman, woman, boy", "boy, woman, woman", "both", ""),
        ("woman and man holding hands: light skin tone, dark skin tone", "man, woman", "both", "light, dark"),
        ("a doctor and her patient", "", "woman", ""),
        ("mango on a plate, humanity, Germany", "", "", ""),
        ("dark chocolate", "", "", ""),
    ],
)
def test_words_that_name_people(caption: str, people: str, gender: str, tone: str) -> None:
    assert (people_named(caption), gender_named(caption), skin_tone_named(caption)) == (people, gender, tone)


@given(st.text(max_size=80))
def test_any_text_names_one_of_the_known_values(caption: str) -> None:
    assert gender_named(caption) in ("", "woman", "man", "both")
    assert set(filter(None, people_named(caption).split(", "))) <= {"woman", "man", "girl", "boy"}
