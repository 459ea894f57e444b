"""The thresholds of a recipe: where each is written, which score it bounds, and the recipe with another one."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Literal, NamedTuple

import yaml

from toolkit.curate.precomputed.columns import score_name
from toolkit.curate.recipe import CurateRecipe
from toolkit.recipe import load_recipe

Side = Literal["minimum", "maximum"]
_ZERO_SHOT = ("safety", "zero_shot", "categories")
# Keys whose rule is called like the score that it reads.
_NAMED_ALIKE: dict[str, dict[str, tuple[str, Side]]] = {
    "captions": {
        "min_characters": ("caption_characters", "minimum"),
        "max_characters": ("caption_characters", "maximum"),
        "min_code_points": ("caption_code_points", "minimum"),
        "min_words": ("caption_words", "minimum"),
        "max_words": ("caption_words", "maximum"),
        "min_tokens": ("caption_tokens", "minimum"),
        "max_repetition": ("caption_repetition", "maximum"),
        "max_symbols": ("caption_symbols", "maximum"),
        "max_toxicity": ("caption_toxicity", "maximum"),
    },
    "pictures": {
        "min_side": ("picture_side", "minimum"),
        "max_aspect": ("picture_aspect", "maximum"),
        "min_jpeg_quality": ("picture_jpeg_quality", "minimum"),
        "min_entropy": ("picture_entropy", "minimum"),
        "max_blankness": ("picture_blankness", "maximum"),
        "min_brightness": ("picture_brightness", "minimum"),
        "max_brightness": ("picture_brightness", "maximum"),
        "max_dark": ("picture_dark", "maximum"),
        "max_light": ("picture_light", "maximum"),
        "min_contrast": ("picture_contrast", "minimum"),
        "min_sharpness": ("picture_sharpness", "minimum"),
        "max_border": ("picture_border", "maximum"),
        "max_text_area": ("picture_text_area", "maximum"),
    },
}


class Limit(NamedTuple):
    """A threshold that a recipe may hold at the keys `path`: `rule` asks of `column` that it be at least (`side`
    minimum) or at most (maximum) `value`; None where the recipe sets none."""

    path: tuple[str, ...]
    rule: str
    column: str
    side: Side
    value: float | None

    @property
    def key(self) -> str:
        """The keys in one word, such as `captions.min_words`."""
        return ".".join(self.path)


def limits_of(recipe: CurateRecipe, columns: Collection[str]) -> list[Limit]:
    """Return the thresholds on single scores among `columns` that `recipe` sets or could set, in the order of its
    sections."""
    return [one for one in _limits(recipe) if one.column in columns]


def with_limit(recipe: CurateRecipe, limit: Limit, value: float) -> CurateRecipe:
    """Return `recipe` with `value` at `limit`. Raises RecipeError for a value that may not stand there."""
    stored = recipe.model_dump(mode="json")
    if limit.path[: len(_ZERO_SHOT)] == _ZERO_SHOT and not stored["safety"]["zero_shot"]["categories"]:
        stored["safety"]["zero_shot"]["categories"] = {name: {} for name in _categories(recipe)}
    place: Any = stored
    for key in limit.path[:-1]:
        place = place[key]
    place[limit.path[-1]] = int(value) if float(value).is_integer() else float(value)
    return load_recipe(CurateRecipe, stored)


def recipe_yaml(recipe: CurateRecipe) -> str:
    """Return `recipe` as YAML that `load_recipe` reads back as the same."""
    return str(yaml.safe_dump(recipe.model_dump(mode="json"), sort_keys=False, allow_unicode=True))


def _limits(recipe: CurateRecipe) -> Iterator[Limit]:
    yield from _safety(recipe)
    yield from _alike(recipe, "captions")
    for called, asked in recipe.precomputed.items():
        if asked.words is None:
            name, column = score_name(called), score_name(asked.column or called)
            yield from _both(("precomputed", called), name, column, asked)
    yield from _alike(recipe, "pictures")
    for scorer, limits in recipe.plugins.items():
        for column, limit in limits.items():
            yield from _both(("plugins", scorer, column), column, column, limit)
    if recipe.pairing.model is not None:
        from toolkit.curate.pairing.similarity import SIMILARITY

        place = ("pairing", "threshold")
        yield Limit(place, "pairing_threshold", SIMILARITY, "minimum", recipe.pairing.threshold)
    for key, head in recipe.pairing.heads.items():
        yield from _both(("pairing", "heads", key), f"head_{key}", f"head_{key}", head)


def _alike(recipe: CurateRecipe, section: str) -> Iterator[Limit]:
    asked = getattr(recipe, section)
    for key, (column, side) in _NAMED_ALIKE[section].items():
        yield Limit((section, key), column, column, side, getattr(asked, key))


def _both(path: tuple[str, ...], rule: str, column: str, asked: Any) -> Iterator[Limit]:
    sides: tuple[Side, ...] = ("minimum", "maximum")
    for side in sides:
        yield Limit((*path, side), rule, column, side, getattr(asked, side))


def _safety(recipe: CurateRecipe) -> Iterator[Limit]:
    if (nsfw := recipe.safety.nsfw) is not None:
        yield Limit(("safety", "nsfw", "maximum"), "safety_nsfw", "nsfw", "maximum", nsfw.maximum)
    if (asked := recipe.safety.zero_shot) is not None:
        from toolkit.curate.safety.zero_shot import column_of

        for name in _categories(recipe):
            own = asked.categories[name].maximum if name in asked.categories else None
            value = asked.maximum if own is None else own
            column = column_of(name)
            yield Limit((*_ZERO_SHOT, name, "maximum"), f"safety_{column}", column, "maximum", value)


def _categories(recipe: CurateRecipe) -> list[str]:
    from toolkit.curate.safety.zero_shot import prompts_of

    return [] if recipe.safety.zero_shot is None else list(prompts_of(recipe.safety.zero_shot)[0])
