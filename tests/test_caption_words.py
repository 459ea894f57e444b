"""What a caption is about, and whom it names."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.caption_words import caption_about, gender_named, genders_named, json_object, names_concept


@pytest.mark.parametrize(
    ("caption", "named"),
    [
        ("woman firefighter", {"woman"}),
        ("a man and his dog", {"man"}),
        ("man and woman holding hands", {"man", "woman"}),
        ("Woman, smiling", {"woman"}),
        ("human being", set()),
        ("mandolin in Germany", set()),
        ("health worker", set()),
        ("", set()),
    ],
)
def test_genders_are_read_from_whole_words(caption: str, named: set[str]) -> None:
    assert genders_named(caption) == named
    assert gender_named(caption) == (next(iter(named)) if len(named) == 1 else None)


@pytest.mark.parametrize(
    ("caption", "concept", "expected"),
    [
        ("two firefighters at work", "firefighter", True),
        ("police officer: dark skin tone", "police officer", True),
        ("the officer of the police", "police officer", False),
        ("cookie", "cook", False),
        ("JUDGE", "judge", True),
        ("anything", "", False),
    ],
)
def test_concept_is_named_by_its_words_together(caption: str, concept: str, expected: bool) -> None:
    assert names_concept(caption, concept) is expected


def test_base_of_the_source_counts_more_than_words() -> None:
    meta = json.dumps({"base": "cook", "gender": None, "skin_tone": "dark"})
    about = caption_about("cook and judge: dark skin tone", meta, ["cook", "judge"])
    assert about.concepts == ("cook",)
    assert about.skin_tone == "dark"
    assert not about.neutral


def test_caption_without_gender_and_tone_is_neutral() -> None:
    assert caption_about("a judge and two cooks", None, ["cook", "judge"]).concepts == ("cook", "judge")
    assert caption_about("a judge", "{}", ["judge"]).neutral
    assert not caption_about("the judge and her clerk", "{}", ["judge"]).neutral
    assert not caption_about("judges", json.dumps({"skin_tones": ["dark", "light"]}), ["judge"]).neutral


@given(st.text(), st.text() | st.none(), st.lists(st.text(), max_size=3))
def test_no_caption_breaks_it(caption: str, meta: str | None, concepts: list[str]) -> None:
    about = caption_about(caption, meta, concepts)
    assert set(about.concepts) <= set(concepts)
    assert not (about.neutral and about.gender)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_anything_but_an_object_is_an_empty_one(value: object) -> None:
    assert json_object(json.dumps(value)) == (value if isinstance(value, dict) else {})
    about = caption_about("a judge", json.dumps({"base": value, "skin_tones": value, "gender": value}), ["judge"])
    assert about.concepts in ((), ("judge",))
