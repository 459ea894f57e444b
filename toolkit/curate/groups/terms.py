"""Terms of one or more words, all found in one pass over the words of a text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

import regex

_ASCII_WORDS = re.compile(r"[a-z]+")
# In scripts that are written without spaces, or that join endings to words, each character is read as a word, so that
# a term of two of them is found anywhere. Elsewhere marks belong to the letter before them.
_UNSPACED = r"\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}"
_WORDS = regex.compile(
    rf"[{_UNSPACED}]|[\p{{L}}--[{_UNSPACED}]][[\p{{L}}\p{{M}}]--[{_UNSPACED}]]*", flags=regex.VERSION1
)


def split_words(text: str) -> tuple[str, ...]:
    """Return the words of `text`, casefolded: runs of letters with their marks; single characters in scripts that are
    written without spaces. Compatible forms of one character are one (NFKC)."""
    if text.isascii():
        return tuple(_ASCII_WORDS.findall(text.casefold()))
    found: list[str] = _WORDS.findall(unicodedata.normalize("NFKC", text).casefold())
    return tuple(found)


class TermFinder:
    """Finds which terms of several dictionaries stand in a text; in each dictionary the longest term at a place wins,
    and its words are not read again.

    `dictionaries` map sequences of words (see `split_words`) to what they mean; "" means nothing, but takes its words.
    """

    def __init__(self, dictionaries: Sequence[Mapping[tuple[str, ...], str]]) -> None:
        self.size = len(dictionaries)
        self._root: dict[str, _Node] = {}
        for place, one in enumerate(dictionaries):
            for words, meaning in one.items():
                self._add(words, place, meaning)

    def _add(self, words: tuple[str, ...], place: int, meaning: str) -> None:
        node = self._root.setdefault(words[0], _Node())
        for word in words[1:]:
            node = node.further.setdefault(word, _Node())
        node.meanings.append((place, meaning))

    def find(self, text: str) -> list[set[str]]:
        """Return, for each dictionary, the meanings of its terms in `text`."""
        found: list[set[str]] = [set() for _ in range(self.size)]
        words = split_words(text)
        if self._root.keys().isdisjoint(words):
            return found
        until = [0] * self.size  # the first word that each dictionary has not read yet
        for start, word in enumerate(words):
            node = self._root.get(word)
            if node is not None:
                for place, (end, meaning) in _longest(node, words, start).items():
                    if start >= until[place]:
                        until[place] = end
                        if meaning:
                            found[place].add(meaning)
        return found


class _Node:
    """A place in the tree of terms: what a term that ends here means in which dictionary, and the words that follow."""

    __slots__ = ("further", "meanings")

    def __init__(self) -> None:
        self.meanings: list[tuple[int, str]] = []
        self.further: dict[str, _Node] = {}


def _longest(node: _Node, words: tuple[str, ...], start: int) -> dict[int, tuple[int, str]]:
    """Return the end and the meaning of the longest term from `start` on, by dictionary."""
    found: dict[int, tuple[int, str]] = {}
    end = start + 1
    while True:
        for place, meaning in node.meanings:
            found[place] = (end, meaning)
        following = node.further.get(words[end]) if end < len(words) else None
        if following is None:
            return found
        node, end = following, end + 1
