"""Guidance by the pairing network: the best of n candidates, and gradients; with the real bundled networks."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from asking import asked, pixels, stored

from toolkit.errors import ModelError, RecipeError
from toolkit.generate.candidates import BestOf, candidate_seed
from toolkit.generate.flow import FlowGenerator
from toolkit.generate.generator import Painted, Request
from toolkit.generate.guidance import PairingGuide, guided_by_pairing
from toolkit.generate.load import load_generator
from toolkit.generate.stage import generate
from toolkit.models.pairing import PairingNetwork, load_pairing

PROMPTS = ["firefighter", "red heart"]
PROBES = {"templates": ["{it}"], "slots": {"it": PROMPTS}}


@pytest.fixture(scope="module")
def painter() -> FlowGenerator:
    found = load_generator("zoo:latent")
    assert isinstance(found, FlowGenerator)
    return found


@pytest.fixture(scope="module")
def clip() -> PairingNetwork:
    return load_pairing("zoo:clip")


def similarity(network: PairingNetwork, requests: list[Request], painted: list[Painted]) -> np.ndarray:
    pictures = network.embed_images([one.pixels for one in painted])
    return np.asarray((pictures * network.embed_texts([one.prompt for one in requests])).sum(1))


def test_gradients_raise_the_similarity_of_every_picture(painter: FlowGenerator, clip: PairingNetwork) -> None:
    guided = painter.with_guide(clip)
    plain = asked(painter, PROMPTS, 2, num_inference_steps=6)
    before = similarity(clip, plain, painter.generate(plain, batch_size=4))
    means = []
    for scale in (0.0, 2.0, 8.0):
        bent = [one._replace(settings={"clip_guidance": {"scale": scale}}) for one in plain]
        found = similarity(clip, plain, guided.generate(bent, batch_size=4))
        assert (found > before).all() if scale else np.allclose(found, before)
        means.append(found.mean())
    assert means[0] < means[1] < means[2], means
    assert means[2] - means[0] > 0.02, means  # in cosine, of 0.60 without a guide


def test_a_guide_that_is_not_asked_changes_nothing(painter: FlowGenerator, clip: PairingNetwork) -> None:
    requests = asked(painter, PROMPTS, 1, num_inference_steps=2)
    found = painter.with_guide(clip).generate(requests, batch_size=2)
    assert (pixels(found) == pixels(painter.generate(requests, batch_size=2))).all()
    with pytest.raises(ModelError, match="needs a pairing network"):
        painter.generate([one._replace(settings={"clip_guidance": {"scale": 1}}) for one in requests], batch_size=2)


def test_the_gradient_points_uphill_and_belongs_to_one_picture(painter: FlowGenerator, clip: PairingNetwork) -> None:
    guide, shape = PairingGuide(clip), painter.model.noise_shape
    latents = torch.randn(2, *shape, generator=torch.Generator().manual_seed(0))
    both = guide.gradient(latents, painter.model.pictures, PROMPTS)
    alone = guide.gradient(latents[1:], painter.model.pictures, PROMPTS[1:])
    assert torch.allclose(both[1:], alone, atol=1e-4)
    still = guided_by_pairing(lambda x, t: torch.zeros_like(x), painter.model.pictures, guide, PROMPTS, 0.1)
    step = latents - 0.5 * still(latents, torch.full((2,), 0.5))

    def logits(points: torch.Tensor) -> np.ndarray:
        pictures = [one.numpy() for one in painter.model.decode(points)]
        return np.asarray((clip.embed_images(pictures) * clip.embed_texts(PROMPTS)).sum(1))

    assert (logits(step) > logits(latents)).all()


def test_the_best_of_n_is_never_worse_than_its_own_seed(clip: PairingNetwork, tmp_path: Path) -> None:
    recipe = {"num_inference_steps": 4}
    plain = generate("zoo:latent", PROBES, tmp_path / "plain", replicates=2, batch_size=8, recipe=recipe)
    ranked = generate(
        "zoo:latent", PROBES, tmp_path / "ranked", replicates=2, batch_size=8,
        recipe=recipe | {"settings": {"rerank": {"n": 4}}},
    )  # fmt: skip
    seeds = {row["request_id"]: row["seed"] for row in ranked.read("requests").to_pylist()}
    for row in ranked.read("samples").to_pylist():
        said = json.loads(row["meta"])["rerank"]
        assert len(said["scores"]) == len(set(said["scores"])) == 4
        assert said["chosen"] == int(np.argmax(said["scores"]))
        assert said["seeds"] == [candidate_seed(seeds[row["request_id"]], place) for place in range(4)]
        assert said["seeds"][0] == seeds[row["request_id"]]
    names = [{row["request_id"] for row in run.read("requests").to_pylist()} for run in (plain, ranked)]
    assert not names[0] & names[1], "how a picture was chosen is part of its request"
    settings = json.loads(ranked.read("requests")["settings"][0].as_py())["rerank"]
    assert settings == {"model": "zoo:clip", "n": 4, "fingerprint": clip.fingerprint}


def test_candidates_are_scored_as_the_network_scores_them(painter: FlowGenerator, clip: PairingNetwork) -> None:
    requests, best = asked(painter, PROMPTS, 1, num_inference_steps=3), BestOf(clip, 3)
    candidates = best.candidates(requests)
    assert [one.prompt for one in candidates] == ["firefighter"] * 3 + ["red heart"] * 3
    painted = painter.generate(candidates, batch_size=6)
    scores = similarity(clip, candidates, painted).reshape(2, 3)
    for place, (chosen, wanted) in enumerate(best.choose(requests, painted)):
        assert np.allclose(chosen.meta["rerank"]["scores"], scores[place], atol=1e-3)
        assert (chosen.pixels == painted[3 * place + scores[place].argmax()].pixels).all()
        assert wanted.seed == candidates[3 * place + scores[place].argmax()].seed


def test_both_kinds_of_guidance_are_pinned_by_what_the_network_is(
    tiny_latent: Path, tiny_clip: Path, tmp_path: Path
) -> None:
    moved = tmp_path / "moved"
    moved.mkdir()
    for file in tiny_clip.iterdir():
        (moved / file.name).write_bytes(file.read_bytes())
    rows = []
    for number, (folder, kind) in enumerate([(tiny_clip, "rerank"), (moved, "rerank"), (tiny_clip, "clip_guidance")]):
        recipe = {"num_inference_steps": 1, "settings": {kind: {"model": str(folder)}}}
        run = generate(tiny_latent, PROBES, tmp_path / str(number), replicates=1, batch_size=4, recipe=recipe)
        rows.append((run.read("requests")["request_id"].to_pylist(), sorted(stored(run))))
    assert rows[0] == rows[1]
    assert rows[0] != rows[2]
    other = {"settings": {"rerank": {"model": str(tiny_clip), "fingerprint": "0" * 32}}}
    with pytest.raises(ModelError, match="the recipe asks for 0000"):
        generate(tiny_latent, PROBES, tmp_path / "other", recipe=other)


def test_guidance_that_cannot_be_had_is_said(tiny_latent: Path, tmp_path: Path) -> None:
    def paint(**settings: object) -> None:
        generate(tiny_latent, PROBES, tmp_path / "run", recipe={"settings": settings})

    with pytest.raises(RecipeError, match=r"settings\.rerank\.n"):
        paint(rerank={"n": 0})
    with pytest.raises(RecipeError, match="did you mean 'scale'"):
        paint(clip_guidance={"scal": 2})
    with pytest.raises(ModelError, match="zoo:nothing"):
        paint(rerank={"model": "zoo:nothing"})
    with pytest.raises(
        ModelError, match="takes no setting 'samplr'; it takes attribute_guidance, clip_guidance, sampler"
    ):
        paint(samplr="heun")
    assert not (tmp_path / "run").exists()


def test_a_pipeline_says_that_it_takes_no_gradients(tiny_pipeline, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    folder = tiny_pipeline("StableDiffusionPipeline")
    with pytest.raises(ModelError, match="clip_guidance is for the latent family"):
        generate(folder, PROBES, tmp_path / "run", recipe={"settings": {"clip_guidance": {}}})
