"""The texts that stand where a caption should be, from `junk.yaml` beside this file."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from itertools import chain
from typing import NamedTuple

from toolkit.recipe import parse_yaml


class JunkPhrases(NamedTuple):
    """Whole captions that are placeholders; words that say only that there is a picture, and words that add nothing."""

    placeholders: frozenset[str]
    generic: frozenset[str]
    fillers: frozenset[str]


@cache
def junk_phrases() -> JunkPhrases:
    """Return the phrases, read once a process."""
    lists = parse_yaml((files(__package__) / "junk.yaml").read_text("utf-8"))
    return JunkPhrases(*(frozenset(chain.from_iterable(lists[name])) for name in JunkPhrases._fields))
