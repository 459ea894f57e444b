"""The three families of generators: each trains, says how well, resumes, loads and paints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

import toolkit
from toolkit.errors import ModelError, RecipeError
from toolkit.train.objectives import flow_matching

COMMON = {"held_out_share": 0.3, "seed": 1, "image_size": 32, "width": 16, "layers": 1, "heads": 2}
FAST = {"batch_size": 8, "steps": 24}
RECIPES: dict[str, dict[str, Any]] = {
    "latent": {"autoencoder_width": 8, "autoencoder": FAST, "transformer": FAST},
    "pixel": {"transformer": FAST},
    "tokens": {"tokenizer_width": 8, "levels": [4, 4], "tokenizer": FAST, "gpt": FAST},
}
PARTS = {"latent": ["autoencoder", "transformer"], "pixel": ["transformer"], "tokens": ["tokenizer", "gpt"]}
LOSSES = {
    "latent": ("toolkit.train.latent", "reconstruction", "flow_matching"),
    "pixel": ("toolkit.train.pixel", "clean_flow_matching", "clean_flow_matching"),
    "tokens": ("toolkit.train.tokens", "unlikeness", "next_token"),
}


def recipe(family: str, **more: Any) -> dict[str, Any]:
    return COMMON | RECIPES[family] | more


@pytest.fixture(scope="module")
def trained(curated_path: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A generator of each family, hardly trained."""
    folder = tmp_path_factory.mktemp("trained")
    return {family: toolkit.train(family, curated_path, folder / family, recipe=recipe(family)) for family in RECIPES}


@pytest.mark.parametrize("family", RECIPES)
def test_a_family_learns_and_says_how_well(trained: dict[str, Path], family: str) -> None:
    record = json.loads((trained[family] / "training.json").read_text())
    assert list(record["parts"]) == PARTS[family]
    for part in record["parts"].values():
        assert part["steps"] == 24
        assert part["curve"][-1][1] < part["curve"][0][1]
    last = record["parts"][PARTS[family][-1]]["watched"]
    assert [step for step, _ in last] == list(range(last[0][0], 25, last[0][0]))
    assert last[-1][1]["held-out loss"] < last[0][1]["held-out loss"]
    for name in ("held-out concepts", "training pairs"):
        losses = [value for figure, value in record["figures"].items() if "loss" in figure and name in figure]
        assert len(losses) == 1
        assert 0 < losses[0] < 20
    if family != "pixel":
        assert 5 < next(value for name, value in record["figures"].items() if "PSNR in dB, held-out" in name) < 40
    card = (trained[family] / "README.md").read_text()
    assert f"# A {family} model of Tain" in card
    assert all(str(value) in card for value in record["figures"].values())


@pytest.mark.parametrize("family", RECIPES)
def test_a_family_paints_what_it_was_trained_on(trained: dict[str, Path], family: str, tmp_path: Path) -> None:
    run = toolkit.generate(trained[family], {"templates": ["a cat", "a rocket"]}, tmp_path / "run", replicates=2)
    assert run.stages["generate"]["counts"] == {"probes": 2, "requests": 4, "failed": 0}
    samples = run.read("samples").to_pylist()
    assert len({row["sha256"] for row in samples}) == 4
    assert all(row["batch_shape"][1:] == [32, 32, 3] for row in samples)


@pytest.mark.parametrize("family", RECIPES)
@pytest.mark.parametrize("place", [1, 2])
def test_an_interrupted_training_resumes_to_the_same_weights(
    trained: dict[str, Path],
    family: str,
    place: int,
    curated_path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module, *losses = LOSSES[family]
    whole, calls = getattr(__import__(module, fromlist=["loss"]), losses[place - 1]), []

    def breaking(*arguments: Any, **named: Any) -> Any:
        calls.append(1)
        if len(calls) == 7 * place:
            raise KeyboardInterrupt
        return whole(*arguments, **named)

    often = recipe(family, checkpoint_minutes=0)
    with monkeypatch.context() as patch:
        patch.setattr(f"{module}.{losses[place - 1]}", breaking)
        with pytest.raises(KeyboardInterrupt):
            toolkit.train(family, curated_path, tmp_path / "out", recipe=often)
    with pytest.raises(ModelError, match="--resume"):
        toolkit.train(family, curated_path, tmp_path / "out", recipe=often)
    resumed = toolkit.train(family, curated_path, tmp_path / "out", recipe=often, resume=True)
    assert (resumed / "model.safetensors").read_bytes() == (trained[family] / "model.safetensors").read_bytes()
    found, expected = (json.loads((one / "training.json").read_text()) for one in (resumed, trained[family]))
    for part in PARTS[family]:
        assert found["parts"][part]["curve"] == expected["parts"][part]["curve"]
        assert found["parts"][part]["watched"] == expected["parts"][part]["watched"]
    assert found["figures"] == expected["figures"]


def test_a_latent_generator_goes_on_from_another(
    trained: dict[str, Path], curated_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = recipe("latent", start=str(trained["latent"]), width=64, checkpoint_minutes=0)  # sizes are the start's
    whole = toolkit.train("latent", curated_path, tmp_path / "on", recipe=asked)
    before, after = (load_file(one / "model.safetensors") for one in (trained["latent"], whole))
    moved = {name for name, value in after.items() if not torch.equal(value, before[name])}
    assert moved
    assert all(name.startswith("transformer.") for name in moved)
    records = [json.loads((one / "training.json").read_text()) for one in (trained["latent"], whole)]
    assert list(records[1]["parts"]) == ["transformer"]
    first, second = (record["figures"]["flow-matching loss, training pairs"] for record in records)
    assert second < first
    assert "## Trained on from" in (whole / "README.md").read_text()
    module, calls = LOSSES["latent"][0], []

    def breaking(*arguments: Any, **named: Any) -> Any:
        calls.append(1)
        if len(calls) == 7:
            raise KeyboardInterrupt
        return flow_matching(*arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(f"{module}.flow_matching", breaking)
        with pytest.raises(KeyboardInterrupt):
            toolkit.train("latent", curated_path, tmp_path / "cut", recipe=asked)
    resumed = toolkit.train("latent", curated_path, tmp_path / "cut", recipe=asked, resume=True)
    assert (resumed / "model.safetensors").read_bytes() == (whole / "model.safetensors").read_bytes()
    with pytest.raises(ModelError, match="paints 32 px; set image_size to that, not 64"):
        toolkit.train("latent", curated_path, tmp_path / "size", recipe=asked | {"image_size": 64})


def test_recipes_that_describe_no_network_say_why(curated_path: Path, tmp_path: Path) -> None:
    wrong: list[tuple[str, dict[str, Any], str]] = [
        ("latent", {"width": 100, "heads": 3}, "cannot be shared out to 3 heads"),
        ("pixel", {"patch": 7}, "cannot be cut into patches of 7"),
        ("latent", {"start": "zoo:latent", "prediction": "v"}, "start goes with prediction: flow"),
        ("pixel", {"image_size": 40}, "image_size"),
        ("tokens", {"levels": [8, 1]}, r"levels\.1"),
        ("tokens", {"tokeniser_width": 8}, "did you mean 'tokenizer_width'"),
    ]
    for family, keys, said in wrong:
        with pytest.raises(RecipeError, match=said):
            toolkit.train(family, curated_path, tmp_path / "out", recipe=keys)  # type: ignore[arg-type]
        assert not (tmp_path / "out").exists()
