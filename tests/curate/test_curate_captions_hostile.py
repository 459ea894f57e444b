"""Captions as the web has them: every scorer bears any text, in bounded time."""

from __future__ import annotations

import math
import time

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.curate.captions import junk, personal_data
from toolkit.curate.captions.recipe import CaptionRecipe
from toolkit.curate.captions.rules import scorers
from toolkit.curate.captions.word_list import CaptionWordList
from toolkit.curate.scorer import Batch, Facts, Scorer

MEGABYTE = 1_000_000

HOSTILE = {
    "empty": "",
    "space": " \t\n\u3000",
    "NUL": "a\0b\0",
    "lone surrogates": "\ud800 dog \udfff",
    "right to left": "\u202eabc\u202c \u200fשלום\u200e",
    "only emoji": "👩🏽‍🚒👨‍👩‍👧❤️",
    "only CJK": "消防士が家の前に立っている",
    "only combining marks": "\u0301\u0323\u20dd",
    "stacked marks": "a" + "\u0301" * 500,
    "private use": "\ue000\U0010ffff",
    "not a character": "\ufffe\uffff",
    "template marks": "# ## {value} %s {0}",
}

HUGE = {
    "one letter": "a" * MEGABYTE,
    "one digit": "1" * MEGABYTE,
    "space": " " * MEGABYTE,
    "letters apart": "a " * (MEGABYTE // 2),
    "digits apart": "1 " * (MEGABYTE // 2),
    "at signs": "@a" * (MEGABYTE // 2),
    "almost addresses": "a@a." * (MEGABYTE // 4),
    "almost numbers": "+1 (2 " * (MEGABYTE // 6),
    "almost accounts": "DE89 3704 0044 0532 0130 01 " * (MEGABYTE // 28),
    "emoji": "👩🏽‍🚒" * (MEGABYTE // 4),
    "CJK": "消" * MEGABYTE,
    "marks": "a\u0301" * (MEGABYTE // 2),
    "surrogates": "\ud800" * MEGABYTE,
    "NUL": "\0" * MEGABYTE,
    "dots": "a." * (MEGABYTE // 2),
    "an address": "https://" + "a" * MEGABYTE,
}


@pytest.fixture(scope="module")
def everyone() -> list[Scorer]:
    made = scorers(CaptionRecipe(max_toxicity=0.9))
    for one in made:
        one.setup()
    return [*made, CaptionWordList("unused", _by_first_word={"dog": [("dog",)]})]


def check(everyone: list[Scorer], captions: list[str]) -> None:
    """Assert that all scorers give each caption values of their types and in their ranges."""
    batch = Batch(captions=captions, facts=[Facts(file_name=caption[:50]) for caption in captions])
    found = {}
    for scorer in everyone:
        scores = scorer.score(batch)
        assert scores.keys() == scorer.columns.keys()
        for name, kind in scorer.columns.items():
            assert pa.array(scores[name], kind).null_count == 0  # Arrow can hold it
            assert len(scores[name]) == len(captions)
            found[name] = scores[name]
    for row, caption in enumerate(captions):
        in_range({name: values[row] for name, values in found.items()}, caption)


def in_range(one: dict[str, object], caption: str) -> None:
    shares = ("repetition", "symbols", "language_probability", "toxicity")
    assert all(math.isfinite(value) and 0 <= value <= 1 for value in (one[f"caption_{name}"] for name in shares))  # type: ignore[arg-type, operator]
    counts = ("characters", "words", "code_points", "tokens", "template_words", "listed_words")
    assert all(0 <= one[f"caption_{name}"] <= len(caption) for name in counts)  # type: ignore[operator]
    assert one["caption_language"]
    assert one["caption_junk"] in {"", *junk.KINDS}
    assert set(str(one["caption_personal_data"]).split(", ")) <= {"", *personal_data.KINDS}
    assert len(str(one["caption_template"])) in (0, 16)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_captions_are_scored(everyone: list[Scorer], name: str) -> None:
    check(everyone, [HOSTILE[name]])


@pytest.mark.parametrize("name", HUGE)
def test_a_megabyte_does_not_take_seconds(everyone: list[Scorer], name: str) -> None:
    started = time.process_time()
    check(everyone, [HUGE[name]])
    assert time.process_time() - started < 5  # all scorers together; half a second where nothing else runs


SIGNS = st.one_of(
    st.characters(),
    st.characters(categories=["Cs", "Cc", "Cf", "Mn", "Me", "Co", "Cn"]),
    st.sampled_from("@.#_-+0123456789 \0\nabcDE"),
    st.sampled_from([*HOSTILE.values(), "IMG_1234", "a@b.cd", "+49 30 1234567", "https://"]),
)


@given(st.lists(st.lists(SIGNS, max_size=30).map("".join), max_size=4))
def test_any_text_is_scored_within_range(everyone: list[Scorer], captions: list[str]) -> None:
    check(everyone, captions)


@given(st.lists(st.lists(SIGNS, max_size=15).map("".join), min_size=1, max_size=4))
def test_scores_of_a_caption_do_not_depend_on_its_neighbours(everyone: list[Scorer], captions: list[str]) -> None:
    def rounded(values: object) -> object:
        return [round(one, 4) if isinstance(one, float) else one for one in values]  # type: ignore[attr-defined]

    names = [Facts(file_name=caption) for caption in captions]
    for scorer in everyone:
        together = scorer.score(Batch(captions=captions, facts=names))
        for row, (caption, name) in enumerate(zip(captions, names, strict=True)):
            alone = scorer.score(Batch(captions=[caption], facts=[name]))
            assert {key: rounded(values[row : row + 1]) for key, values in together.items()} == {
                key: rounded(values) for key, values in alone.items()
            }
