"""Word lists: what they read, what they leave alone, and files of users."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.caption_words import MAN_WORDS, WOMAN_WORDS
from toolkit.curate.groups.in_words import GroupsInWords
from toolkit.curate.groups.recipe import BUNDLED, GroupRecipe
from toolkit.curate.groups.rules import scorers
from toolkit.curate.groups.terms import TermFinder, split_words
from toolkit.curate.groups.word_lists import bundled_names, load_word_lists
from toolkit.curate.scorer import Batch
from toolkit.errors import RecipeError


@pytest.fixture(scope="module")
def bundled() -> GroupsInWords:
    return GroupsInWords(BUNDLED)


def named(scorer: GroupsInWords, attribute: str, caption: str) -> str:
    return str(scorer.score(Batch(captions=[caption]))[f"group_{attribute}"][0])


@pytest.mark.parametrize(
    ("attribute", "caption", "groups"),
    [
        ("gender", "A woman and two men at work", "man, woman"),
        ("gender", "Germany, humanity, a mango", ""),
        ("gender", "king size bed, male connector", ""),
        ("gender", "the king and his non-binary heir", "man, nonbinary"),
        ("gender", "Mujer con paraguas", "woman"),
        ("gender", "両手を上げる女性", "woman"),
        ("gender", "महिला डॉक्टर", "woman"),
        ("age", "Elderly couple; a little girl", "child, older person"),
        ("age", "baby carrots in a bowl, old house", ""),
        ("age", "girl with a pearl earring", ""),
        ("region", "Kenyan runner in South Korea", "Eastern Africa, Eastern Asia"),
        ("region", "french fries, a guinea pig and a german shepherd", ""),
        ("region", "Michael Jordan, Georgia font, roast turkey on china", ""),
        ("region", "Turkish and Jordanian tea", "Western Asia"),
        ("religion", "Muslim woman in front of a synagogue", "jewish, muslim"),
        ("religion", "Christian Dior bag", ""),
        ("language", "a sign in French, French bread", "French"),
        ("skin_tone", "person: medium-light skin tone", "medium light"),
        ("skin_tone", "holding hands: light skin tone, dark skin tone", "dark, light"),
        ("skin_tone", "dark-skinned model", "dark"),
        ("skin_tone", "dark chocolate, light rain", ""),
        ("orientation", "LGBTQ+ pride parade, a lesbian couple", "lesbian, lgbtq"),
        ("orientation", "a pride of lions under a rainbow", ""),
        ("disability", "Man in a manual wheelchair", "mobility"),
        ("disability", "window blinds", ""),
        ("disability", "blind woman with white cane", "sight"),
    ],
)
def test_what_the_bundled_lists_read(bundled: GroupsInWords, attribute: str, caption: str, groups: str) -> None:
    assert named(bundled, attribute, caption) == groups


def test_ambiguous_words_are_read_only_where_asked(bundled: GroupsInWords) -> None:
    caption = "Jordan and a girl"
    assert (named(bundled, "region", caption), named(bundled, "age", caption)) == ("", "")
    asking = GroupsInWords(BUNDLED, ambiguous=True)
    assert (named(asking, "region", caption), named(asking, "age", caption)) == ("Western Asia", "child")
    assert asking.version != bundled.version


def test_every_bundled_list_is_in_the_recipe_says_what_it_reads_and_why_words_are_ambiguous() -> None:
    assert bundled_names() == BUNDLED
    lists = load_word_lists(BUNDLED).lists
    assert tuple(one.attribute for one in lists) == BUNDLED, "columns are called so before a list is read"
    for one in lists:
        assert one.about
        assert one.sources
        for group in one.groups.values():
            assert group.words
            assert all(len(reason) > 5 for reason in group.ambiguous.values())


def test_gender_reads_at_least_the_words_that_the_audits_read(bundled: GroupsInWords) -> None:
    for word in WOMAN_WORDS:
        assert named(bundled, "gender", word) == "woman", word
    for word in MAN_WORDS:
        assert named(bundled, "gender", word) == "man", word


@given(st.text(max_size=60))
def test_any_text_names_groups_of_the_lists(bundled: GroupsInWords, text: str) -> None:
    found_in_all = bundled.score(Batch(captions=[text])).values()
    for one, found in zip(bundled.lists.lists, found_in_all, strict=True):
        assert set(filter(None, str(found[0]).split(", "))) <= set(one.groups)


WORDS = st.sampled_from(["a", "b", "c", "d"])


@given(
    st.dictionaries(st.lists(WORDS, min_size=1, max_size=3).map(tuple), st.sampled_from(["x", "y", ""]), max_size=6),
    st.lists(WORDS, max_size=12),
)
def test_terms_are_found_as_an_alternation_of_the_longest_would(
    terms: dict[tuple[str, ...], str], words: list[str]
) -> None:
    """The regular expression of all terms, longest first, reads from the left and never a word twice."""
    longest = sorted(terms, key=len, reverse=True)
    expected = set()
    if terms:
        pattern = re.compile(r"(?<!\w)(" + "|".join(" ".join(one) for one in longest) + r")(?!\w)")
        expected = {terms[tuple(one.split())] for one in pattern.findall(" ".join(words))} - {""}
    assert TermFinder([terms]).find(" ".join(words)) == [expected]


def test_lists_do_not_take_words_from_one_another() -> None:
    finder = TermFinder([{("old", "man"): "older"}, {("man",): "man"}, {("man", "made"): ""}])
    assert finder.find("an old man, man-made") == [{"older"}, {"man"}, set()]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The Café's OPEN", ("the", "café", "s", "open")),
        ("Cafe\u0301", ("café",)),
        ("ｗｏｍａｎ", ("woman",)),
        ("IMG_12woman34", ("img", "woman")),
        ("a女の子b", ("a", "女", "の", "子", "b")),
        ("", ()),
    ],
)
def test_words_of_a_text(text: str, words: tuple[str, ...]) -> None:
    assert split_words(text) == words


def test_files_of_users_add_attributes_and_change_the_version(tmp_path: Path) -> None:
    file = tmp_path / "jobs.yaml"
    file.write_text("attribute: job\ngroups: {nurse: {words: {en: [nurse, nurses]}}, pilot: {words: {en: [pilot]}}}\n")
    found = scorers(GroupRecipe(words=(str(file),)))[-1]
    assert isinstance(found, GroupsInWords)
    assert set(found.columns) == {f"group_{one}" for one in (*BUNDLED, "job")}
    assert named(found, "job", "Nurses and a pilot") == "nurse, pilot"
    before = found.version
    file.write_text(file.read_text().replace("[pilot]", "[pilot, aviator]"))
    assert scorers(GroupRecipe(words=(str(file),)))[-1].version != before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("attribute: job\n", "groups"),
        ("attribute: Job Title\ngroups: {a: {words: {en: [b]}}}\n", "pattern"),
        ("attribute: job\ngroups: {a: {words: {en: [no]}}}\n", "valid string"),
        ("attribute: job\ngroups: {a: {words: {en: ['123']}}}\n", "holds no letters"),
        ("attribute: job\ngroups: {a: {words: {en: [x]}}, b: {words: {en: [X]}}}\n", "names both 'a' and 'b'"),
        ("attribute: job\ngroups: {'a, b': {words: {en: [x]}}}\n", "pattern"),
        ("attribute: job\ngroups: {a: {word: {en: [x]}}}\n", "did you mean 'words'"),
        ("attribute: gender\ngroups: {a: {words: {en: [x]}}}\n", "second list of 'gender'"),
        ("- 1\n", "expected a mapping"),
    ],
)
def test_a_file_that_is_no_word_list_is_refused_in_plain_words(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "list.yaml"
    file.write_text(text)
    with pytest.raises(RecipeError, match=said):
        scorers(GroupRecipe(words=(str(file),)))


def test_a_list_that_is_not_there_is_named() -> None:
    with pytest.raises(RecipeError, match=r"'nobody.yaml' is neither a file nor one of the lists age, disability"):
        scorers(GroupRecipe(words=("nobody.yaml",)))
