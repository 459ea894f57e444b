"""The recipe of scraping is what it says, and the user agent is honest."""

from __future__ import annotations

from pathlib import Path

import pytest

from toolkit.errors import RecipeError
from toolkit.recipe import load_recipe, parse_yaml
from toolkit.scrape.recipe import ScrapeRecipe

FILE = Path(__file__).parents[2] / "pipelines" / "recipes" / "scrape.yaml"


def test_its_keys_are_all_keys_and_their_defaults():
    assert load_recipe(ScrapeRecipe, FILE) == ScrapeRecipe()
    assert set(parse_yaml(FILE.read_text())) == set(ScrapeRecipe.model_fields)


def test_the_user_agent_names_the_program_and_whom_to_ask():
    assert ScrapeRecipe().user_agent().startswith("tain/")
    assert ScrapeRecipe(contact="https://a.org/b").user_agent().endswith(" (+https://a.org/b)")
    assert "\n" not in ScrapeRecipe(contact="a\r\nEvil: yes").user_agent()


@pytest.mark.parametrize("wrong", [{"timeout": 0}, {"retries": -1}, {"per_host": 0}, {"timeuot": 3}])
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(RecipeError):
        load_recipe(ScrapeRecipe, wrong)
