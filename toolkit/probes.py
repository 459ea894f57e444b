"""Probe files: templates x slots x attributes, expanded into the prompts that an audit sends to a generator."""

from __future__ import annotations

import difflib
import string
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import Field, field_validator

from toolkit.errors import RecipeError
from toolkit.probe_sets import is_set, set_file
from toolkit.recipe import Recipe, load_recipe
from toolkit.seeds import stable_hash

Words = tuple[str, ...] | dict[str, str]


class ProbeRecipe(Recipe):
    """A probe file.

    `templates` name slots and attributes in braces. Every combination of `slots` is a prompt of its own; the values
    of `attributes` (counterfactuals and styles) are variants of one prompt, which share their noise. `concept` is
    the slot that an audit slices by: the first one unless named. Slots and attributes are lists of words, or mappings
    of value to the words that stand for it in the prompt (which may be empty); or `set:NAME`, the slot or attribute of
    that name in a probe set, or else the only one that it has.

    `variants` are whole prompts, where words in braces do not do (languages): by attribute, concept and value. The
    prompts of one concept are variants of one prompt. `about` says in words what the file is for.
    """

    about: str = ""
    templates: tuple[str, ...] = ()
    slots: dict[str, Words] = Field(default_factory=dict)
    attributes: dict[str, Words] = Field(default_factory=dict)
    variants: dict[str, dict[str, dict[str, str]]] = Field(default_factory=dict)
    concept: str | None = None

    @field_validator("slots", "attributes", mode="before")
    @classmethod
    def _words_of_sets(cls, given: object) -> object:
        if not isinstance(given, Mapping):
            return given
        return {name: words_of_set(words, name) if is_set(words) else words for name, words in given.items()}


def words_of_set(given: object, name: str) -> Words:
    """Return the slot or attribute `name` of the probe set that `given` names, `set:NAME`, or the only one it has.

    Raises RecipeError where there is no such set, or it has several and none is called so.
    """
    recipe = load_recipe(ProbeRecipe, set_file(given))
    known = recipe.slots | recipe.attributes
    if name in known:
        return known[name]
    if len(known) != 1:
        raise RecipeError(f"{given} has no {name!r}; it has {', '.join(known) or 'whole prompts only'}")
    return next(iter(known.values()))


class Probe(NamedTuple):
    """One prompt of an audit.

    `concept` is what it is about; `attributes` holds `concept` and the value of every slot and attribute used;
    `pair_id` is shared by the counterfactual and style variants of one prompt alone.
    """

    probe_id: str
    concept: str
    prompt: str
    attributes: dict[str, str]
    pair_id: str


def load_probes(given: ProbeRecipe | Mapping[str, Any] | str | Path) -> list[Probe]:
    """Return the probes of a probe file, `set:NAME`, a mapping or a recipe, in the order of its templates, slots and
    attributes; then those of its variants.

    Raises RecipeError for an unknown key or placeholder (naming the nearest known one), an empty slot, or two
    combinations that give one and the same probe.
    """
    name = str(given) if isinstance(given, str | Path) else "probes"
    recipe = load_recipe(ProbeRecipe, set_file(given) if isinstance(given, str | Path) and is_set(given) else given)
    _check(recipe, name)
    probes = [probe for template in recipe.templates for probe in _expand(recipe, template)]
    probes += _whole_prompts(recipe)
    seen: set[str] = set()
    for probe in probes:
        if probe.probe_id in seen:
            raise RecipeError(f"{name}: the prompt {probe.prompt!r} occurs twice; write each value and template once")
        seen.add(probe.probe_id)
    return probes


def _check(recipe: ProbeRecipe, name: str) -> None:
    if not recipe.templates and not recipe.variants:
        raise RecipeError(f"{name}: templates and variants are both empty; give at least one template")
    known = sorted({*recipe.slots, *recipe.attributes})
    for twice in sorted(set(recipe.slots) & set(recipe.attributes)):
        raise RecipeError(f"{name}: {twice!r} is both a slot and an attribute; give one of them another name")
    if "concept" in known and recipe.concept != "concept":
        raise RecipeError(f"{name}: 'concept' is a name of its own; call that slot or attribute something else")
    whole = [(f"{name} of {key}", one) for key, some in recipe.variants.items() for name, one in some.items()]
    for key, values in [*recipe.slots.items(), *recipe.attributes.items(), *recipe.variants.items(), *whole]:
        if not values:
            raise RecipeError(f"{name}: {key!r} has no values; list at least one")
    if recipe.concept is not None and recipe.concept not in recipe.slots:
        raise RecipeError(f"{name}: concept names {recipe.concept!r}{_nearest(recipe.concept, sorted(recipe.slots))}")
    for template in recipe.templates:
        for placeholder in _placeholders(template, name):
            if placeholder not in known:
                raise RecipeError(f"{name}: template {template!r} names {placeholder!r}{_nearest(placeholder, known)}")


def _nearest(found: str, known: list[str]) -> str:
    nearest = difflib.get_close_matches(found, known, n=1, cutoff=0)
    hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
    return f", which is not defined{hint} Defined: {', '.join(known) or 'nothing'}"


def _placeholders(template: str, name: str) -> list[str]:
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError as error:
        raise RecipeError(f"{name}: template {template!r} is not valid ({error}); write slots as {{slot}}") from error
    fields = [field for _, field, _, _ in parts if field is not None]
    if "" in fields:
        raise RecipeError(f"{name}: template {template!r} has an unnamed {{}}; write the name of a slot in it")
    return list(dict.fromkeys(fields))


def _expand(recipe: ProbeRecipe, template: str) -> Iterator[Probe]:
    placeholders = _placeholders(template, template)
    slots = [one for one in recipe.slots if one in placeholders]
    attributes = [one for one in recipe.attributes if one in placeholders]
    topic = recipe.concept or next(iter(recipe.slots), None)
    for filling in product(*(_worded(recipe.slots[one]) for one in slots)):
        chosen = {one: value for one, (value, _) in zip(slots, filling, strict=True)}
        said = {one: phrase for one, (_, phrase) in zip(slots, filling, strict=True)}
        concept = chosen.get(topic or "", template)
        pair_id = stable_hash("pair", template, *(part for one in chosen.items() for part in one))
        for variant in product(*(_worded(recipe.attributes[one]) for one in attributes)):
            words = {one: phrase for one, (_, phrase) in zip(attributes, variant, strict=True)}
            prompt = " ".join(template.format(**said, **words).split())
            values = chosen | {one: value for one, (value, _) in zip(attributes, variant, strict=True)}
            values["concept"] = concept
            described = [part for one in sorted(values.items()) for part in one]
            yield Probe(stable_hash("probe", template, prompt, *described), concept, prompt, values, pair_id)


def _whole_prompts(recipe: ProbeRecipe) -> Iterator[Probe]:
    for attribute, concepts in recipe.variants.items():
        for concept, prompts in concepts.items():
            pair_id = stable_hash("pair", "variants", attribute, concept)
            for value, prompt in prompts.items():
                values = {attribute: value, "concept": concept}
                described = [part for one in sorted(values.items()) for part in one]
                yield Probe(stable_hash("probe", "variants", prompt, *described), concept, prompt, values, pair_id)


def _worded(values: Words) -> list[tuple[str, str]]:
    """Return each value with the words that stand for it."""
    return list(values.items()) if isinstance(values, dict) else [(value, value) for value in values]
