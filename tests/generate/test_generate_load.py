from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from toolkit.errors import ModelError
from toolkit.generate.load import load_generator
from toolkit.generate.stage import generate


@pytest.fixture(params=["tiny_latent", "tiny_pixel", "tiny_tokens"])
def own(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of a model folder of each family, to be spoilt."""
    folder = tmp_path / "model"
    shutil.copytree(request.getfixturevalue(request.param), folder)
    return folder


def rewrite(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    config = json.loads((folder / "config.json").read_text())
    change(config)
    (folder / "config.json").write_text(json.dumps(config))


def test_the_family_in_the_folder_decides_what_paints(own: Path, tmp_path: Path) -> None:
    painter = load_generator(own)
    again = tmp_path / "elsewhere"
    shutil.copytree(own, again)
    assert load_generator(again).fingerprint == painter.fingerprint
    run = generate(painter, {"templates": ["a cat", "a dog"]}, tmp_path / "run", replicates=2)
    assert len(set(run.read("samples")["sha256"].to_pylist())) == 4


def test_missing_weights_are_named(own: Path) -> None:
    (own / "model.safetensors").unlink()
    with pytest.raises(ModelError, match=r"no weights at .*model\.safetensors"):
        load_generator(own)


def test_damaged_weights_are_named(own: Path) -> None:
    weights = own / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(ModelError, match=r"model\.safetensors is damaged"):
        load_generator(own)


@pytest.mark.parametrize("spoil", ["misshapen", "missing", "left over"])
def test_weights_that_do_not_fit_are_named(own: Path, spoil: str) -> None:
    state = load_file(own / "model.safetensors")
    name = next(one for one, value in sorted(state.items()) if value.dim() > 1)
    if spoil == "misshapen":
        state[name] = state[name][:-1].clone()
    elif spoil == "missing":
        del state[name]
    else:
        state["strange.weight"] = torch.zeros(3)
        name = "strange.weight"
    save_file(state, own / "model.safetensors")
    with pytest.raises(ModelError, match=f"does not fit its configuration: .*{name}"):
        load_generator(own)


def test_a_family_that_does_not_paint_is_named_with_those_that_do(own: Path, tiny_clip: Path) -> None:
    rewrite(own, lambda config: config.update(family="gan"))
    with pytest.raises(ModelError, match="family 'gan'; the families that paint are latent, pixel, tokens"):
        load_generator(own)
    with pytest.raises(ModelError, match="pairs pictures with text and paints none"):
        load_generator(tiny_clip)


def test_a_configuration_that_describes_no_network_is_named(own: Path) -> None:
    part = "gpt" if "gpt" in json.loads((own / "config.json").read_text()) else "transformer"
    rewrite(own, lambda config: config[part].update(heads=3))
    with pytest.raises(ModelError, match=r"config\.json describes no network .*3 heads"):
        load_generator(own)
    rewrite(own, lambda config: config.pop(part))
    with pytest.raises(ModelError, match=rf"config\.json describes no network .*{part}"):
        load_generator(own)


def test_a_size_that_the_model_cannot_paint_is_named(own: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="pixels; 48 x 48 was asked for"):
        generate(own, {"templates": ["a cat"]}, tmp_path / "run", replicates=1, recipe={"width": 48, "height": 48})
