"""The recipe of generation is what it says: its keys are the defaults, and each of its examples is understood."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from toolkit.generate.requests import GenerationRecipe
from toolkit.generate.retrieval import RetrievalSettings
from toolkit.generate.settings import PaintSettings
from toolkit.recipe import load_recipe, parse_yaml

FILE = Path(__file__).parents[2] / "pipelines" / "recipes" / "generate.yaml"
SETTINGS, STEERING = FILE.read_text().split("\nsteering: null\n")
LINES = [line.removeprefix("#   ") for line in SETTINGS.splitlines() if line.startswith("#   ")]
EXAMPLES = [re.split(r" {2,}", line)[0] for line in LINES]
README = FILE.parents[2] / "README.md"


def test_its_keys_are_all_keys_and_their_defaults() -> None:
    assert load_recipe(GenerationRecipe, FILE) == GenerationRecipe()
    assert set(parse_yaml(FILE.read_text())) == set(GenerationRecipe.model_fields)
    known = {*PaintSettings.model_fields, "sampler", "scheduler", "retrieval", "clip_skip"}
    assert {example.partition(":")[0] for example in EXAMPLES} == known


def test_the_recipe_in_the_readme_is_understood() -> None:
    (block,) = re.findall(r"```yaml\n(num_inference_steps.*?)```", README.read_text(), flags=re.S)
    asked = load_recipe(GenerationRecipe, parse_yaml(block))
    assert (asked.num_inference_steps, asked.guidance_scale) == (1, 0)
    assert set(asked.settings.as_dict()) == {"scheduler", "adapters", "rerank"}


@pytest.mark.parametrize("example", EXAMPLES)
def test_each_example_is_understood(example: str) -> None:
    settings = load_recipe(GenerationRecipe, {"settings": parse_yaml(example)}).settings.as_dict()
    assert list(settings) == list(parse_yaml(example))
    if "retrieval" in settings:
        load_recipe(RetrievalSettings, settings["retrieval"])


def test_the_example_of_steering_is_understood() -> None:
    example = parse_yaml("\n".join(line.removeprefix("#  ") for line in STEERING.splitlines()))
    steering = load_recipe(GenerationRecipe, {"steering": example}).steering
    assert steering is not None
    assert set(example) == set(type(steering).model_fields)
