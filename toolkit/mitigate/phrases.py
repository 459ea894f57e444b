"""The words by which a prompt says a value of an attribute."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import Field, RootModel, model_validator

from toolkit.errors import RecipeError
from toolkit.recipe import Recipe, load_recipe

FILE = Path(__file__).parent / "phrases.yaml"
_VOWELS = frozenset("aeiou")


class Phrase(Recipe):
    """Words `before` what a prompt is about, or `after` it: one of the two."""

    before: str = ""
    after: str = ""

    @model_validator(mode="after")
    def _is_one(self) -> Phrase:
        if bool(self.before.strip()) == bool(self.after.strip()):
            raise ValueError("give words before what the prompt is about, or after it: one of the two")
        return self


class AttributePhrases(Recipe):
    """The phrase of each of the `values`, and words by which a prompt has `said` something of the attribute already."""

    values: dict[str, Phrase] = Field(min_length=1)
    said: tuple[str, ...] = ()


class Phrases(RootModel[dict[str, AttributePhrases]]):
    """Phrases by attribute: a file such as phrases.yaml."""


def sayable_attributes(given: Path | Mapping[str, object] | None) -> tuple[str, ...]:
    """Return the attributes that the phrases in `given`, or those that come with Tain, can say. Raises RecipeError."""
    return tuple(load_recipe(Phrases, given or FILE).root)


def words_said(attribute: str, given: Path | Mapping[str, object] | None) -> tuple[str, ...]:
    """Return the words by which a text says something of `attribute`, by the file `given` or those that come with Tain;
    none where it has no such attribute. Raises RecipeError."""
    listed = load_recipe(Phrases, given or FILE).root
    return listed[attribute].said if attribute in listed else ()


def load_phrases(attribute: str, values: Sequence[str], given: Path | Mapping[str, object] | None) -> AttributePhrases:
    """Return the phrases of `values` of `attribute`, from the file `given`, or from those that come with Tain.

    Raises RecipeError where the file is wrong or says nothing of the attribute or of a value.
    """
    listed = load_recipe(Phrases, given or FILE).root
    where = given if isinstance(given, Path) else "the phrases that come with Tain"
    if attribute not in listed:
        raise RecipeError(
            f"{where}: nothing says how a prompt says {attribute!r}; it has {', '.join(listed)}. Give --phrases FILE"
        )
    found = listed[attribute]
    missing = [one for one in values if one not in found.values]
    if missing:
        raise RecipeError(
            f"{where}: {attribute} has no phrase for {missing[0]!r}, only for {', '.join(found.values)}; give "
            "--phrases FILE"
        )
    return AttributePhrases(values={one: found.values[one] for one in values}, said=found.said)


def say(prompt: str, phrase: Phrase, concept: str) -> str:
    """Return `prompt` with `phrase` said of `concept`: beside its words, where these stand in the prompt, else at the
    end, after a comma. An article before it follows its new neighbour."""
    named = re.search(rf"(?<!\w){re.escape(concept)}(?:e?s)?(?!\w)", prompt, re.IGNORECASE) if concept else None
    if named is None:
        return f"{prompt}, {phrase.before or phrase.after}"
    start, end = named.span()
    if phrase.after:
        return f"{prompt[:end]} {phrase.after}{prompt[end:]}"
    return f"{_with_article(prompt[:start], phrase.before)}{phrase.before} {prompt[start:]}"


def _with_article(before: str, word: str) -> str:
    """Return `before` with a final a or an as `word` wants it."""
    found = re.search(r"(?<!\w)(a|an)(\s+)$", before, re.IGNORECASE)
    if found is None:
        return before
    article = "an" if word[0].casefold() in _VOWELS else "a"
    written = article.capitalize() if found.group(1)[0].isupper() else article
    return f"{before[: found.start()]}{written}{found.group(2)}"
