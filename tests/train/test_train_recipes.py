"""The documented recipes say every key, and what it is if nobody says anything."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from pipelines.compare_families.recipe import CompareRecipe
from toolkit.recipe import Recipe, load_recipe
from toolkit.train.recipes import LatentRecipe, PixelRecipe, TokensRecipe

RECIPES = Path(__file__).parents[2] / "pipelines" / "recipes"
DOCUMENTED = {
    "latent": LatentRecipe,
    "pixel": PixelRecipe,
    "tokens": TokensRecipe,
    "compare-families": CompareRecipe,
}


def keys(given: object) -> set[str]:
    """Return the keys of a mapping and of those in it, as paths."""
    if not isinstance(given, dict):
        return set()
    return {one for key, value in given.items() for one in (key, *(f"{key}.{inner}" for inner in keys(value)))}


@pytest.mark.parametrize("name", DOCUMENTED)
def test_a_documented_recipe_is_that_of_the_defaults(name: str) -> None:
    kind: type[Recipe] = DOCUMENTED[name]
    assert load_recipe(kind, RECIPES / f"{name}.yaml").model_dump() == kind().model_dump()


@pytest.mark.parametrize("name", ["latent", "pixel", "tokens"])
def test_a_documented_recipe_names_every_key(name: str) -> None:
    written = yaml.safe_load((RECIPES / f"{name}.yaml").read_text("utf-8"))
    assert keys(written) == keys(DOCUMENTED[name]().model_dump())


def test_the_recipe_of_the_bundled_generator_is_one() -> None:
    assert load_recipe(LatentRecipe, RECIPES / "zoo-latent.yaml").seed == 3
