"""The words of a caption, as every scorer here counts them."""

from __future__ import annotations

import re

import regex

# Outside ASCII the marks that a letter carries belong to its word: the vowel signs of Hindi, the accents of decomposed
# text. Only the `regex` package knows them, and it is slower.
_ASCII_WORD = re.compile(r"[A-Za-z0-9]+(?:['-][A-Za-z0-9]+)*")
_WORD = regex.compile(r"[\p{L}\p{N}][\p{L}\p{N}\p{M}]*(?:['’-][\p{L}\p{N}][\p{L}\p{N}\p{M}]*)*")


def words(caption: str) -> list[str]:
    """Return the words of `caption`: runs of letters (with their marks) and digits, inner hyphens and apostrophes
    included."""
    if caption.isascii():
        return _ASCII_WORD.findall(caption)
    found: list[str] = _WORD.findall(caption)
    return found
