"""Scores of captions and the rules on them."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reasons import reasons

from toolkit.curate.captions.shape import (
    Boilerplate,
    CaptionLanguage,
    CaptionShape,
    CaptionTemplate,
    Languages,
    repetition,
    template,
    words,
)
from toolkit.curate.scorer import Batch

TEXTS = st.text(max_size=200)


def test_words_are_runs_of_letters_and_digits() -> None:
    assert words("woman firefighter: medium-light skin tone") == [
        "woman",
        "firefighter",
        "medium-light",
        "skin",
        "tone",
    ]
    assert words("L'uomo, 2 gatti; it's a_tag") == ["L'uomo", "2", "gatti", "it's", "a", "tag"]
    assert words("消防士") == ["消防士"]
    assert words(" --- ") == []


def test_repetition_is_the_share_of_words_that_had_occurred() -> None:
    assert repetition("card, Card, card, white") == 0.5
    assert repetition("a firefighter") == 0
    assert repetition("") == 0


@given(TEXTS)
def test_shape_is_never_none_and_within_its_ranges(caption: str) -> None:
    found = CaptionShape().score(Batch(captions=[caption]))
    (characters,), (count,), (repeated,) = found.values()
    assert 0 <= characters <= len(caption)
    assert 0 <= count <= len(caption)
    assert 0 <= repeated < 1


@given(TEXTS)
def test_repeating_a_caption_repeats_all_its_words(caption: str) -> None:
    if words(caption):
        assert repetition(f"{caption} {caption}") >= max(0.5, repetition(caption))


@given(TEXTS)
def test_template_is_stable_and_blind_to_numbers(caption: str) -> None:
    assert template(template(caption)) == template(caption)
    assert template(caption + " 17") == template(caption + " 4")


def test_template_joins_what_boilerplate_changes() -> None:
    flat = "Part of the Flat Icon Collection (Wed Aug 25 23:29:46 2004)"
    assert template(flat) == template("part of the flat icon collection - wed aug 25 23:23:49 2004")
    assert template(flat) != template("Lemon SVG theme")


@pytest.mark.parametrize(
    ("caption", "language"),
    [
        ("A woman in a red coat walks her dog along the river", "en"),
        ("Il gatto dorme sulla sedia vicino alla finestra", "it"),
        ("Eine Feuerwehrfrau steht vor dem Haus", "de"),
        ("消防士が家の前に立っている", "ja"),
        ("12345 !!", "und"),
        ("", "und"),
    ],
)
def test_language_of_plain_sentences(caption: str, language: str) -> None:
    found = CaptionLanguage().score(Batch(captions=[caption]))
    assert list(found["caption_language"]) == [language]
    assert (found["caption_language_probability"][0] > 0.5) == (language != "und")  # type: ignore[operator]


@given(st.lists(st.one_of(TEXTS, st.just("a\0b"), st.just("x\nnew line")), min_size=1, max_size=5))
def test_language_and_template_bear_any_text_and_do_not_depend_on_neighbours(captions: list[str]) -> None:
    for scorer in (CaptionLanguage(), CaptionTemplate()):
        together = scorer.score(Batch(captions=captions))
        alone = [scorer.score(Batch(captions=[caption])) for caption in captions]
        for column in scorer.columns:
            assert list(together[column]) == [one[column][0] for one in alone]


def test_only_surely_foreign_captions_go() -> None:
    rows = pa.table(
        {
            "sample_id": list("abcd"),
            "caption_language": ["en", "it", "it", "und"],
            "caption_language_probability": [0.9, 0.95, 0.4, 0.0],
        }
    )
    taken = reasons(Languages(("en", "de"), 0.8).judge(rows))
    assert list(taken) == [1]
    assert taken[1].text == "caption reads as it (probability 0.95); en, de asked for"


def test_boilerplate_is_seen_in_n_rows_or_more_and_empty_captions_are_none() -> None:
    captions = ["Icon 1", "icon 22", "ICON: 3", "a hat", "a hat", "", "", ""]
    templates = CaptionTemplate().score(Batch(captions=captions))["caption_template"]
    taken = reasons(Boilerplate(3).judge(pa.table({"sample_id": list("abcdefgh"), "caption_template": templates})))
    assert sorted(taken) == [0, 1, 2]
    assert taken[0].value == "3"
    assert "one of 3" in taken[0].text
