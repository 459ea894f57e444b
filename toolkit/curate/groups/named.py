"""Whom a caption names, so that pictures of people who differ are never taken for copies of one another.

Words are read, not people: a caption that says `woman` is counted as naming a woman, nothing more is known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from toolkit.caption_words import MAN_WORDS, WOMAN_WORDS, genders_named, words
from toolkit.curate.scorer import Batch, Need

_CHILDREN = {"girl": "girl", "girls": "girl", "ragazza": "girl", "boy": "boy", "boys": "boy", "ragazzo": "boy"}
_PRONOUNS = frozenset(("she", "her", "hers", "he", "him", "his"))
_SKIN_TONE = re.compile(r"\b(medium-light|medium-dark|light|medium|dark) skin tone\b")


def people_named(caption: str) -> str:
    """Return the gendered people in `caption` as woman, man, girl or boy, sorted: `girl, woman` of "mother, girl".

    Pronouns are not counted: they speak of people already named.
    """
    found = [_person(word) for word in words(caption)]
    return ", ".join(sorted(person for person in found if person))


def _person(word: str) -> str:
    if word in _CHILDREN:
        return _CHILDREN[word]
    if word in _PRONOUNS:
        return ""
    return "woman" if word in WOMAN_WORDS else "man" if word in MAN_WORDS else ""


def gender_named(caption: str) -> str:
    """Return `woman`, `man`, `both` or `` (none): which gender the nouns and pronouns of `caption` name."""
    named = genders_named(caption)
    return "both" if len(named) == 2 else next(iter(named), "")


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
