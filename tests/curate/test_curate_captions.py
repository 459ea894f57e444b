"""The shape of captions: their words, repetition and symbols."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.curate.captions.shape import CaptionShape, repetition, symbols_share
from toolkit.curate.captions.words import words
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


@pytest.mark.parametrize(
    ("caption", "found"),
    [
        ("हिन्दी में लिखा हुआ", ["हिन्दी", "में", "लिखा", "हुआ"]),  # vowel signs and viramas are marks, not gaps
        ("เด็กผู้หญิง กับ แมว", ["เด็กผู้หญิง", "กับ", "แมว"]),
        ("cafe\u0301 noir", ["cafe\u0301", "noir"]),  # a decomposed é
        ("il gatto dell’uomo", ["il", "gatto", "dell’uomo"]),
        ("❤️ 👍🏽", []),
    ],
)
def test_marks_belong_to_the_word_of_their_letter(caption: str, found: list[str]) -> None:
    assert words(caption) == found


@given(st.text(st.characters(codec="ascii"), max_size=60))
def test_ascii_is_read_as_any_other_text(caption: str) -> None:
    assert words(caption) == words(caption + " é")[: len(words(caption + " é")) - 1]


def test_repetition_is_the_share_of_words_that_had_occurred() -> None:
    assert repetition(words("card, Card, card, white")) == 0.5
    assert repetition(words("a firefighter")) == 0
    assert repetition([]) == 0


@given(TEXTS)
def test_repeating_a_caption_repeats_all_its_words(caption: str) -> None:
    if words(caption):
        assert repetition(words(f"{caption} {caption}")) >= max(0.5, repetition(words(caption)))


@pytest.mark.parametrize(
    ("caption", "share"),
    [
        ("a dog", 0),
        ("!!! SALE !!!", 0.6),
        ("***", 1),
        ("❤️❤️", 1),  # the variation selectors count as neither
        ("हिन्दी", 0),
        ("", 0),
        ("   ", 0),
        ("\u202eright to left", 0),
        ("消防士。", 0.25),
    ],
)
def test_symbols_are_all_but_letters_digits_and_what_changes_them(caption: str, share: float) -> None:
    assert symbols_share(caption) == share


@given(TEXTS)
def test_symbols_are_counted_as_the_unicode_categories_say(caption: str) -> None:
    kinds = [unicodedata.category(sign) for sign in caption if not sign.isspace()]
    text = sum(kind[0] in "LN" for kind in kinds)
    symbols = sum(kind[0] not in "LNM" and kind != "Cf" for kind in kinds)
    if "Cn" not in kinds:  # what is not yet assigned depends on the version of Unicode
        assert symbols_share(caption) == (symbols / (symbols + text) if symbols else 0)


def test_lengths_are_counted_as_we_and_as_datacomp_do() -> None:
    found = CaptionShape().score(Batch(captions=[" a - b "]))
    lengths = {name: value[0] for name, value in found.items() if name not in ("caption_repetition", "caption_symbols")}
    assert lengths == {"caption_characters": 5, "caption_words": 2, "caption_code_points": 7, "caption_tokens": 3}
