"""Whom a caption names, by word lists, and which of them each rule keeps.

The lists read words, not people: a caption that says `woman` is counted as naming a woman, nothing more is known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from toolkit.curate.scorer import Batch, Need

_PEOPLE = {
    "woman": "woman women lady ladies female females mother mom grandmother wife sister daughter aunt queen princess "
    "bride actress waitress policewoman businesswoman firewoman",
    "man": "man men gentleman gentlemen male males father dad grandfather husband brother son uncle king prince groom "
    "waiter policeman businessman fireman",
    "girl": "girl girls",
    "boy": "boy boys",
}
_PERSON = {word: person for person, words in _PEOPLE.items() for word in words.split()}
_GENDERS = {"woman": ("woman", "girl", "she", "her"), "man": ("man", "boy", "he", "his")}
_GENDER = {word: gender for gender, words in _GENDERS.items() for word in words}
_WORD = re.compile(r"[a-z]+")
_SKIN_TONE = re.compile(r"\b(medium-light|medium-dark|light|medium|dark) skin tone\b")


def people_named(caption: str) -> str:
    """Return the gendered people in `caption` as woman, man, girl or boy, sorted: `girl, woman` of "mother, girl"."""
    found = [_PERSON[word] for word in _WORD.findall(caption.casefold()) if word in _PERSON]
    return ", ".join(sorted(found))


def gender_named(caption: str) -> str:
    """Return `woman`, `man`, `both` or `` (none): which gender the nouns and pronouns of `caption` name."""
    found = [_PERSON.get(word, word) for word in _WORD.findall(caption.casefold())]
    genders = {_GENDER[word] for word in found if word in _GENDER}
    return "both" if len(genders) == 2 else next(iter(genders), "")


def skin_tone_named(caption: str) -> str:
    """Return the skin tones that `caption` names in Unicode's words, in order, joined by commas; `` for none."""
    return ", ".join(_SKIN_TONE.findall(caption.casefold()))


@dataclass(frozen=True)
class GroupsNamed:
    """The people, the gender and the skin tones that a caption names."""

    name: str = "groups_named"
    version: str = "1"
    needs: frozenset[Need] = frozenset({"caption"})

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """Words; empty where none is named."""
        return {"people_named": pa.string(), "gender_named": pa.string(), "skin_tone_named": pa.string()}

    def setup(self) -> None:
        """Nothing to load."""

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return the three columns."""
        return {
            "people_named": [people_named(caption) for caption in batch.captions],
            "gender_named": [gender_named(caption) for caption in batch.captions],
            "skin_tone_named": [skin_tone_named(caption) for caption in batch.captions],
        }


class Retention(NamedTuple):
    """Of `rows` whose caption names a value, `kept` stayed, and `lost` says how many each rule took."""

    rows: int
    kept: int
    lost: dict[str, int]


def retention(values: Sequence[str | None], decided: Sequence[str]) -> dict[str, Retention]:
    """Return the retention of each value (`` is written `none named`); `decided` is the rule that took each row,
    or `` for a kept one."""
    found: dict[str, Retention] = {}
    names = np.array([value or "none named" for value in values], dtype=object)
    rules = np.array(decided, dtype=object)
    for value in sorted(set(names.tolist())):
        taken = rules[names == value]
        lost = {rule: int((taken == rule).sum()) for rule in sorted(set(taken.tolist()) - {""})}
        found[value] = Retention(len(taken), int((taken == "").sum()), lost)
    return found
