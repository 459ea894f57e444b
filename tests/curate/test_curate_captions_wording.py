"""Offensive captions, and captions that hold words of a user's list."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reasons import reasons

from toolkit.curate.captions.recipe import CaptionRecipe
from toolkit.curate.captions.rules import rules, scorers
from toolkit.curate.captions.toxicity import CaptionToxicity
from toolkit.curate.captions.word_list import CaptionWordList, read_word_list
from toolkit.curate.scorer import Batch
from toolkit.curate.stage import curate, decide
from toolkit.errors import ModelError, RecipeError, RunError


def test_an_insult_is_more_offensive_than_a_description() -> None:
    captions = ["you are a stupid idiot", "a red bicycle against a wall", "", "woman firefighter: dark skin tone"]
    (insult, *others) = CaptionToxicity().score(Batch(captions=captions))["caption_toxicity"]
    assert insult > 0.99  # type: ignore[operator]
    assert max(others) < 0.6  # type: ignore[type-var, operator]


def test_a_limit_on_toxicity_takes_what_is_above() -> None:
    asked = CaptionRecipe(max_toxicity=0.98, toxicity_status="quarantined")
    (rule,) = (one for one in rules(asked) if one.name == "caption_toxicity")
    taken = reasons(rule.judge(pa.table({"sample_id": ["a", "b"], "caption_toxicity": [0.97, 0.99]})))
    assert {row: one.text for row, one in taken.items()} == {
        1: "caption is offensive with probability 0.99; at most 0.98 are asked for"
    }
    assert rule.status == "quarantined"


def test_without_its_package_toxicity_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "profanity_check", None)
    with pytest.raises(ModelError, match=r"pip install 'tain\[toxicity\]'"):
        CaptionToxicity().setup()


def test_toxicity_is_loaded_only_where_it_is_asked_for() -> None:
    assert "caption_toxicity" not in {one.name for one in scorers(CaptionRecipe())}
    assert "caption_toxicity" in {one.name for one in scorers(CaptionRecipe(max_toxicity=0.9))}
    importlib.import_module("toolkit.curate.captions.toxicity")  # needs no package


@pytest.fixture
def word_list(tmp_path: Path) -> Path:
    path = tmp_path / "words.txt"
    path.write_text("# what we do not want\nFoo\n\nbar of Soap\nhaſe\n消防士\n", "utf-8")
    return path


@pytest.mark.parametrize(
    ("caption", "count"),
    [
        ("foo", 1),
        ("FOO, foo: food", 2),
        ("a bar of soap", 1),
        ("a bar-of-soap", 0),
        ("a bar of gold, soap", 0),
        ("ein Hase", 1),
        ("消防士", 1),
        ("消防士が家の前に", 0),
        ("", 0),
    ],
)
def test_listed_words_are_whole_words_in_any_case(word_list: Path, caption: str, count: int) -> None:
    assert list(CaptionWordList(str(word_list)).score(Batch(captions=[caption]))["caption_listed_words"]) == [count]


@given(st.lists(st.sampled_from(["foo", "Bar", "of", "soap", "x"]), max_size=8))
def test_phrases_are_counted_wherever_they_begin(said: list[str]) -> None:
    phrases = {"foo": [("foo",), ("foo", "foo")], "bar": [("bar", "of", "soap")]}
    scorer = CaptionWordList("unused", _by_first_word=phrases)
    spaced = f" {' '.join(said).lower()} "
    listed = ("foo", "foo foo", "bar of soap")
    expected = sum(spaced.startswith(f" {phrase} ", at) for at in range(len(spaced)) for phrase in listed)
    assert list(scorer.score(Batch(captions=[" ".join(said)]))["caption_listed_words"]) == [expected]


def test_reasons_count_listed_words_and_do_not_repeat_them(word_list: Path) -> None:
    (rule,) = (one for one in rules(CaptionRecipe(word_list=str(word_list))) if one.name == "caption_word_list")
    taken = reasons(rule.judge(pa.table({"sample_id": ["a", "b"], "caption_listed_words": [0, 2]})))
    assert {row: one.text for row, one in taken.items()} == {
        1: "caption holds 2 of the listed words; at most 0 are asked for"
    }


def test_another_list_is_another_version_but_another_order_is_not(tmp_path: Path) -> None:
    for name, content in (("a", "one\ntwo"), ("b", "TWO\n# note\none\n"), ("c", "one\nthree")):
        (tmp_path / name).write_text(content)
    versions = [CaptionWordList(str(tmp_path / name)).version for name in "abc"]
    assert versions[0] == versions[1] != versions[2]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds no words"),
        (b"# only\n", "holds no words"),
        (b"foo\n***\n", "line 2 .* holds no word"),
        (b"\xff\xfe", "UTF-8"),
    ],
)
def test_a_bad_list_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes(content)
    with pytest.raises(RecipeError, match=message):
        read_word_list(path)


def test_a_missing_list_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"word_list: .*nothing\.txt cannot be read"):
        read_word_list(tmp_path / "nothing.txt")


def test_a_wrong_list_is_named_before_anything_is_written(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["a"], "url": ["https://example.org/1"]}), tmp_path / "pairs.parquet")
    with pytest.raises(RecipeError, match="word_list"):
        curate(tmp_path / "pairs.parquet", tmp_path / "run", recipe={"captions": {"word_list": "nothing.txt"}})
    assert not (tmp_path / "run").exists()


def test_another_list_is_counted_anew(tmp_path: Path) -> None:
    table = pa.table(
        {"text": ["a red bicycle", "a blue boat"], "url": ["https://example.org/1", "https://example.org/2"]}
    )
    pq.write_table(table, tmp_path / "pairs.parquet")
    words = tmp_path / "words.txt"
    words.write_text("bicycle")
    recipe = {"captions": {"word_list": str(words)}, "pictures": {"required": False}}
    run = curate(tmp_path / "pairs.parquet", tmp_path / "run", recipe=recipe)
    assert run.stages["curate"]["counts"]["kept"] == 1
    words.write_text("red\nblue boat")
    with pytest.raises(RunError, match=r"2 rows need scores .* --score"):
        decide(run, tmp_path / "again", recipe=recipe)
    again = decide(run, tmp_path / "again", recipe=recipe, score=True)
    assert again.stages["curate"]["counts"]["kept"] == 0
