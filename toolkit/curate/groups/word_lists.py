"""Word lists: which words of a caption name which group of an attribute. They are data, in YAML; users add files.

A list reads words, not people: a caption that says `woman` names a woman, and nothing more is known of anyone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import Field, StringConstraints, model_validator

from toolkit.curate.groups.terms import split_words
from toolkit.errors import RecipeError
from toolkit.recipe import Recipe, load_recipe, parse_yaml

SEPARATOR = ", "  # between the groups that one caption names

Attribute = Annotated[str, StringConstraints(pattern=r"\A[a-z][a-z0-9_]*\Z")]
Group = Annotated[str, StringConstraints(pattern=r"\A[^,]+\Z", strip_whitespace=True)]
Term = Annotated[str, StringConstraints(min_length=1, strict=True)]


class GroupWords(Recipe):
    """The words of one group by language code, and the `ambiguous` ones with the reason: those that often mean
    something else, which are read only where the recipe of a run asks for it."""

    words: dict[str, tuple[Term, ...]] = Field(default_factory=dict)
    ambiguous: dict[Term, str] = Field(default_factory=dict)


class WordList(Recipe):
    """One attribute: its groups with their words. Phrases of `other_meanings` hold such a word and mean something else
    (`guinea pig`); `about` and `sources` say what the list reads and where its words come from."""

    attribute: Attribute
    about: str = ""
    sources: tuple[str, ...] = ()
    groups: dict[Group, GroupWords] = Field(min_length=1)
    other_meanings: tuple[Term, ...] = ()

    @model_validator(mode="after")
    def _each_word_names_one_group(self) -> WordList:
        owners: dict[tuple[str, ...], str] = {}
        for term, group in self._terms(ambiguous=True):
            words = split_words(term)
            if not words:
                raise ValueError(f"{term!r} of {group or 'other_meanings'} holds no letters; give words")
            if owners.setdefault(words, group) != group:
                raise ValueError(f"{term!r} names both {owners[words]!r} and {group!r}; leave it with one of them")
        return self

    def _terms(self, *, ambiguous: bool) -> Iterator[tuple[str, str]]:
        for group, given in self.groups.items():
            for some in given.words.values():
                yield from ((term, group) for term in some)
            if ambiguous:
                yield from ((term, group) for term in given.ambiguous)
        yield from ((term, "") for term in self.other_meanings)

    def terms(self, *, ambiguous: bool = False) -> Mapping[tuple[str, ...], str]:
        """Return the group that each sequence of words names; "" for those that name none."""
        return {split_words(term): group for term, group in self._terms(ambiguous=ambiguous)}


class WordLists(NamedTuple):
    """Lists in the order of their attributes, and a `version` that changes when a word of them does."""

    lists: tuple[WordList, ...]
    version: str


@cache
def bundled_names() -> tuple[str, ...]:
    """Return the names of the lists that come with the package, each that of its attribute, sorted."""
    folder = files("toolkit.curate.groups").joinpath("words")
    return tuple(sorted(one.name.removesuffix(".yaml") for one in folder.iterdir() if one.name.endswith(".yaml")))


def attributes_of(names: Sequence[str]) -> tuple[str, ...]:
    """Return the attributes of the lists called `names`, sorted, without reading those of the package.

    Raises RecipeError for a file that is no word list, and for two lists of one attribute.
    """
    found: set[str] = set()
    for name in names:
        attribute = name if name in bundled_names() else _read(name).attribute
        if attribute in found:
            raise RecipeError(
                f"groups.words: {name} is a second list of {attribute!r}; give its attribute another name, "
                "or leave the other list out"
            )
        found.add(attribute)
    return tuple(sorted(found))


def load_word_lists(names: Sequence[str]) -> WordLists:
    """Return the lists called `names`: those of bundled lists, or paths of YAML files.

    Raises RecipeError for a file that is no word list, and for two lists of one attribute.
    """
    attributes_of(names)
    lists = tuple(sorted(map(_load, names), key=lambda one: one.attribute))
    text = "\n".join(one.model_dump_json() for one in lists)
    return WordLists(lists, hashlib.blake2b(text.encode(), digest_size=6).hexdigest())


def _load(name: str) -> WordList:
    return _bundled(name) if name in bundled_names() else _read(name)


@cache
def _bundled(name: str) -> WordList:
    text = files("toolkit.curate.groups").joinpath(f"words/{name}.yaml").read_text("utf-8")
    return WordList.model_validate(parse_yaml(text))


def _read(name: str) -> WordList:
    if not Path(name).is_file():
        raise RecipeError(
            f"groups.words: {name!r} is neither a file nor one of the lists {', '.join(bundled_names())}; "
            "give one of these names or the path of a YAML file"
        )
    return load_recipe(WordList, Path(name))
