"""Captions without the words that name a value of an attribute: what counterfactual rewriting makes of them."""

from __future__ import annotations

import re
from collections.abc import Collection

from toolkit.caption_words import names_concept
from toolkit.mitigate.prompts_about import SAID, prompt_about

_ARTICLE = re.compile(r"(?<!\w)(a|an)\s+(?=(\w))", re.IGNORECASE)
_VOWELS = frozenset("aeiou")


def without_words(caption: str, said: Collection[str], concept: str) -> str | None:
    """Return `caption` without the words of `said`; None where it has none of them, "" where taking them out leaves
    one behind, or not the words of `concept`."""
    if prompt_about(caption, said).left_alone != SAID:
        return None
    longest_first = sorted(said, key=len, reverse=True)
    pattern = rf"(?<![\w-])(?:{'|'.join(re.escape(one) for one in longest_first)})(?![\w-])"
    left = re.sub(pattern, " ", caption, flags=re.IGNORECASE)
    left = re.sub(r"\s+([,.;:])", r"\1", " ".join(left.split())).strip(" ,;:")
    left = _ARTICLE.sub(_right_article, left)
    if not names_concept(left, concept) or prompt_about(left, said).left_alone == SAID:
        return ""
    return left


def _right_article(found: re.Match[str]) -> str:
    article = "an" if found.group(2).casefold() in _VOWELS else "a"
    return (article.capitalize() if found.group(1)[0].isupper() else article) + " "
