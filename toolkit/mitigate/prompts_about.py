"""What a prompt is about: whether people, whether it says an attribute already, whether history has settled who is seen.

Words alone decide, by lists that lie beside this file, so that a reader can tell why a prompt was touched or left alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import NamedTuple

from toolkit.probe_sets import set_file
from toolkit.recipe import parse_yaml

PEOPLE_FILE = Path(__file__).parent / "people.yaml"
OCCUPATIONS = "set:occupations"
NO_PEOPLE, SAID, SETTLED = "no people", "already said", "settled by history"
_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
_YEAR = re.compile(r"\b(?:1[0-8]\d\d|19[0-4]\d)s?\b")  # up to 1949
_NAME = re.compile(r"\b[A-Z][a-z]+(?:\s+(?:van|von|de|da|la|bin|al|[A-Z]\.)){0,2}\s+[A-Z][a-z]+\b")
_PLACE = re.compile(r"(?:\b(?:in|at|from|near|to|the)\s+)$")
_PLACES = frozenset("new south north east west central san los las santa saint st united great".split())


class PeopleWords(NamedTuple):
    """Phrases, casefolded, that say that a prompt is about people, that it is not, and that history settled whom."""

    people: frozenset[str]
    not_people: frozenset[str]
    settled: frozenset[str]


class PromptAbout(NamedTuple):
    """Why a prompt is left alone (`no people`, `already said`, `settled by history`), None where it may be touched; and
    the words that decided."""

    left_alone: str | None
    words: tuple[str, ...]


@cache
def people_words() -> PeopleWords:
    """Return the lists of people.yaml with the occupations that are counted by set:occupations."""
    listed = parse_yaml(PEOPLE_FILE.read_text("utf-8"))
    occupations = parse_yaml(set_file(OCCUPATIONS).read_text("utf-8"))["slots"]["occupation"]
    folded = {key: frozenset(str(one).casefold() for one in listed[key]) for key in listed}
    return PeopleWords(folded["people"] | {one.casefold() for one in occupations}, folded["not_people"], folded["settled"])


def prompt_about(prompt: str, said: Collection[str], concept: str | None = None) -> PromptAbout:
    """Return whether a change of an attribute may touch `prompt`, which has the words `said` for that attribute.

    It must be about people by its words, or `concept`, what an audit takes it to be about, must be; say nothing of the
    attribute; and name no time, event or person for which history has settled who is seen: years up to 1949, the
    phrases of people.yaml, and names of the form Ada Lovelace that are no places.
    """
    listed = people_words()
    words = _words(prompt)
    if found := _found(words, {one.casefold() for one in said}):
        return PromptAbout(SAID, found)
    if found := (*_found(words, listed.settled), *_YEAR.findall(prompt), *_names(prompt, listed)):
        return PromptAbout(SETTLED, found)
    without = _without(words, listed.not_people)
    found = _found(without, listed.people) or (_found(_words(concept), listed.people) if concept else ())
    return PromptAbout(None, found) if found else PromptAbout(NO_PEOPLE, ())


def _names(prompt: str, listed: PeopleWords) -> list[str]:
    """Return what looks like the names of people in `prompt`; none where every word has a capital, as in a title."""
    if not any(one[0].islower() for one in _WORD.findall(prompt)):
        return []
    found = []
    for match in _NAME.finditer(prompt):
        name = match.group()
        is_place = _PLACE.search(prompt[: match.start()]) or name.split()[0].casefold() in _PLACES
        if not is_place and not _found(_words(name), listed.people):
            found.append(name)
    return found


def _words(text: str) -> list[str]:
    return [one.casefold() for one in _WORD.findall(text)]


def _found(words: list[str], phrases: Collection[str]) -> tuple[str, ...]:
    """Return which of `phrases` stand in `words`, their last word perhaps in the plural, longest first."""
    longest = max((len(one.split()) for one in phrases), default=0)
    found = []
    for length in range(longest, 0, -1):
        for start in range(len(words) - length + 1):
            stretch = words[start : start + length]
            found += [one for one in _singulars(stretch) if one in phrases]
    return tuple(dict.fromkeys(found))


def _singulars(words: list[str]) -> list[str]:
    """Return what a stretch of words is in the singular, the ways that English knows, and as it is."""
    *first, last = words
    forms = [last]
    if last.endswith("men"):
        forms.append(f"{last[:-3]}man")
    if last.endswith("ies"):
        forms.append(f"{last[:-3]}y")
    if last.endswith("es"):
        forms.append(last[:-2])
    if last.endswith("s"):
        forms.append(last[:-1])
    if last.endswith(("'s", "’s")):
        forms.append(last[:-2])
    return [" ".join([*first, one]) for one in forms]


def _without(words: list[str], phrases: Collection[str]) -> list[str]:
    """Return `words` without the stretches that are one of `phrases`."""
    left, start = [], 0
    longest = max((len(one.split()) for one in phrases), default=0)
    while start < len(words):
        for length in range(min(longest, len(words) - start), 0, -1):
            if any(one in phrases for one in _singulars(words[start : start + length])):
                start += length
                break
        else:
            left.append(words[start])
            start += 1
    return left
