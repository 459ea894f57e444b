"""Requests that say a value of an attribute, or are led to it: who is steered, to what, and what it does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from asking import pixels
from hypothesis import given
from hypothesis import strategies as st

from toolkit.errors import ModelError, RecipeError
from toolkit.generate.flow import FlowGenerator
from toolkit.generate.generator import Request
from toolkit.generate.load import load_generator
from toolkit.generate.requests import GenerationRecipe, make_requests
from toolkit.generate.steering import Steering, drawn_value, steered, value_at
from toolkit.models.pairing import load_pairing
from toolkit.probes import load_probes
from toolkit.recipe import load_recipe

ROLES = ["pilot", "artist"]
TEXTS = {role: {"woman": f"woman {role}", "man": f"man {role}"} for role in ROLES}


def steering(by: str = "prompt", strength: float = 1.0, woman: float = 0.5) -> dict[str, Any]:
    shares = {"woman": woman, "man": 1 - woman}
    prompts = {role: {"shares": shares, "texts": TEXTS[role]} for role in ROLES}
    return {"attribute": "gender presentation", "by": by, "strength": strength, "prompts": prompts}


@pytest.fixture(scope="module")
def painter() -> FlowGenerator:
    found = load_generator("zoo:latent")
    assert isinstance(found, FlowGenerator)
    return found


def requests_of(painter: FlowGenerator, words: list[str], replicates: int, **recipe: Any) -> list[Request]:
    probes = load_probes({"templates": ["{it}"], "slots": {"it": words}})
    checked = load_recipe(GenerationRecipe, recipe)
    made = make_requests(probes, replicates, 0, checked, painter.defaults, painter.fingerprint)
    return [request for _, request in made]


def test_values_are_drawn_by_the_shares_and_stay_with_their_seed() -> None:
    asked = Steering.model_validate(steering(woman=0.3))
    drawn = [drawn_value(asked, "pilot", seed) for seed in range(4000)]
    counts = Counter(drawn)
    assert set(counts) == {"woman", "man"}
    assert abs(counts["woman"] / 4000 - 0.3) < 0.025  # 3.5 standard errors
    assert drawn == [drawn_value(asked, "pilot", seed) for seed in range(4000)]


@given(st.integers(0, 2**63 - 1), st.floats(0, 1), st.floats(0, 1))
def test_a_seed_that_is_steered_stays_so_at_every_greater_strength(seed: int, one: float, other: float) -> None:
    less, more = sorted((one, other))
    weak, strong = (
        drawn_value(Steering.model_validate(steering(strength=strength)), "pilot", seed) for strength in (less, more)
    )
    assert weak is None or weak == strong


@given(st.lists(st.integers(0, 9), min_size=2, max_size=6).filter(any), st.floats(0, 1, exclude_max=True))
def test_no_value_without_a_share_is_drawn(parts: list[int], place: float) -> None:
    shares = {str(number): part / sum(parts) for number, part in enumerate(parts)}
    assert shares[value_at(shares, place)] > 0


def test_a_strength_of_a_half_steers_half_of_the_requests(painter: FlowGenerator) -> None:
    made = requests_of(painter, ROLES, 400, steering=steering(strength=0.5))
    sent = Counter(one.prompt_sent != one.prompt for one in made)
    assert abs(sent[True] / len(made) - 0.5) < 0.06
    assert {one.prompt for one in made} == set(ROLES), "what is written stays as it is"


def test_what_is_left_alone_is_the_request_that_it_was(painter: FlowGenerator) -> None:
    plain = requests_of(painter, [*ROLES, "red heart"], 50)
    changed = requests_of(painter, [*ROLES, "red heart"], 50, steering=steering(strength=0.4))
    for before, after in zip(plain, changed, strict=True):
        assert (before.prompt, before.seed) == (after.prompt, after.seed), "the same noise"
        assert (before == after) == (after.prompt_sent == after.prompt)
    assert all(one in plain for one in changed if one.prompt == "red heart")


def test_a_steered_request_is_not_taken_for_the_probe_that_is_written_so(painter: FlowGenerator) -> None:
    listed = {"templates": ["{gender} pilot"], "slots": {}, "attributes": {"gender": {"none": "", "woman": "woman"}}}
    recipe = load_recipe(GenerationRecipe, {"steering": steering(woman=1.0)})
    made = make_requests(load_probes(listed), 3, 0, recipe, painter.defaults, painter.fingerprint)
    ids = [request.request_id for _, request in made]
    assert len(set(ids)) == 6
    assert {request.prompt_sent for _, request in made} == {"woman pilot"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"strength": 1.5}, "a share of the requests, from 0 to 1"),
        ({"prompts": {"pilot": {"shares": {"woman": 0.5, "man": 0.4}, "texts": TEXTS["pilot"]}}}, "sum to 0.9"),
        ({"prompts": {"pilot": {"shares": {"woman": 0.5, "man": 0.5}, "texts": {"woman": "x"}}}}, "the same values"),
        ({"by": "magic"}, "by"),
    ],
)
def test_steering_that_is_none_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        load_recipe(GenerationRecipe, {"steering": steering() | change})


def test_steering_of_other_prompts_is_refused(painter: FlowGenerator) -> None:
    with pytest.raises(RecipeError, match="write them as the probes do"):
        requests_of(painter, ["cook"], 1, steering=steering())


def test_guidance_leads_pictures_to_the_value_that_was_drawn(painter: FlowGenerator) -> None:
    clip = load_pairing("zoo:clip")
    plain = requests_of(painter, ROLES, 8, num_inference_steps=8)
    led = requests_of(painter, ROLES, 8, num_inference_steps=8, steering=steering("guidance", 2.0))
    assert {one.prompt_sent for one in led} == set(ROLES), "the words stay"
    found = {}
    for name, some in (("plain", plain), ("led", led)):
        pictures = clip.embed_images([one.pixels for one in painter.generate(some, batch_size=16)])
        women, men = (clip.embed_texts([f"{value} {one.prompt}" for one in some]) for value in ("woman", "man"))
        found[name] = ((women - men) * pictures).sum(1)
    toward_women = np.array([one.settings["attribute_guidance"]["toward"].startswith("woman") for one in led])
    moved = found["led"] - found["plain"]
    assert moved[toward_women].mean() > 0.02
    assert moved[~toward_women].mean() < -0.005


def test_guidance_of_no_scale_changes_no_picture(painter: FlowGenerator) -> None:
    plain = requests_of(painter, ["pilot"], 2, num_inference_steps=3)
    guidance = {"toward": "woman pilot", "scale": 0.0}
    led = [one._replace(settings={"attribute_guidance": guidance}) for one in plain]
    assert (pixels(painter.generate(led, batch_size=2)) == pixels(painter.generate(plain, batch_size=2))).all()


def test_guidance_without_what_it_needs_is_refused(painter: FlowGenerator) -> None:
    wrong = [one._replace(settings={"attribute_guidance": {"toward": "x"}}) for one in requests_of(painter, ["x"], 1)]
    with pytest.raises(ModelError, match="it takes toward"):
        painter.generate(wrong, batch_size=1)


def test_nothing_is_steered_without_a_recipe_for_it() -> None:
    assert steered(None, "pilot", 3) == ("pilot", {})


@pytest.mark.parametrize("family", ["StableDiffusionPipeline", "StableDiffusionXLPipeline", "PixArtSigmaPipeline"])
def test_a_pipeline_is_led_by_its_own_embeddings(family: str, tiny_pipeline: Callable[[str], Path]) -> None:
    pipeline = load_generator(tiny_pipeline(family))
    probes = load_probes({"templates": ["{it}"], "slots": {"it": ROLES}})
    recipe = load_recipe(GenerationRecipe, {"num_inference_steps": 2, "steering": steering("guidance", 1.0)})
    made = make_requests(probes, 3, 0, recipe, pipeline.defaults, pipeline.fingerprint)
    led = [request for _, request in made]
    plain = [one._replace(settings={}) for one in led]
    none = [
        one._replace(settings={"attribute_guidance": one.settings["attribute_guidance"] | {"scale": 0.0}})
        for one in led
    ]
    before, after = (pixels(pipeline.generate(some, batch_size=6)) for some in (plain, led))
    assert np.abs(after - before).max() > 0
    assert (pixels(pipeline.generate(none, batch_size=6)) == before).all()
    alone = pixels(pipeline.generate(led[2:3], batch_size=6))
    assert np.abs(alone - after[2:3]).max() <= 1, "each request by its own guidance, whatever its neighbours"


def test_a_pipeline_that_takes_only_texts_refuses_guidance(tiny_pipeline: Callable[[str], Path]) -> None:
    pipeline = load_generator(tiny_pipeline("StableDiffusionPipeline"))
    asked_for = {"attribute_guidance": {"toward": "woman pilot", "scale": 1.0}, "prompt_embeds": None}
    recipe = load_recipe(GenerationRecipe, {"num_inference_steps": 1})
    [(_, request)] = make_requests(
        load_probes({"templates": ["pilot"]}), 1, 0, recipe, pipeline.defaults, pipeline.fingerprint
    )
    with pytest.raises(ModelError, match="steer by prompt"):
        pipeline.generate([request._replace(settings=asked_for)], batch_size=1)
