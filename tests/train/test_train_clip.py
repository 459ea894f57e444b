"""Pairing networks on small photographs: both losses, from scratch or on from an open_clip network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from skimage import data

import toolkit
from toolkit.errors import ModelError
from toolkit.models import torchvision_ops
from toolkit.models.pairing import load_pairing
from toolkit.store import RunFolder

FAST = {
    "architecture": "test_resnet", "image_size": 32, "embed_dim": 32, "held_out_share": 0.3, "seed": 1,
    "optimiser": {"batch_size": 16, "steps": 6, "learning_rate": 0.003},
}  # fmt: skip
TINY_VIT = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 32, "layers": 2, "width": 32, "head_width": 16, "patch_size": 16},
    "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
}


@pytest.fixture(scope="module")
def open_clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny CLIP of random weights, as open_clip keeps one."""
    torchvision_ops.ensure()
    import open_clip

    folder = tmp_path_factory.mktemp("open_clip") / "tiny"
    folder.mkdir()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = open_clip.model.CLIP(**TINY_VIT)  # type: ignore[arg-type]
    mean, std = open_clip.OPENAI_DATASET_MEAN, open_clip.OPENAI_DATASET_STD
    preprocess = {"mean": list(mean), "std": list(std), "interpolation": "bicubic", "resize_mode": "shortest"}
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": TINY_VIT, "preprocess_cfg": preprocess}))
    save_file({k: v.contiguous() for k, v in network.state_dict().items()}, folder / "open_clip_model.safetensors")
    return folder


def train(run: RunFolder, out: Path, **recipe: Any) -> Path:
    return toolkit.train("clip", run, out, recipe=FAST | recipe, device="cpu")


def changed(start: Path, trained: Path) -> set[str]:
    """Return the names of the tensors that training has changed."""
    before, after = (load_file(folder / "open_clip_model.safetensors") for folder in (start, trained))
    assert set(before) == set(after)
    return {name for name in before if not torch.equal(before[name], after[name])}


def test_figures_of_each_pass_and_both_ways_are_on_the_card(curated: RunFolder, tmp_path: Path) -> None:
    folder = train(curated, tmp_path / "clip")
    record = json.loads((folder / "training.json").read_text())
    passes = record["parts"]["pairing"]["watched"]
    assert [step for step, _ in passes] == [3, 6]
    names = " ".join(passes[-1][1])
    for one in ("picture to caption, held-out concepts", "caption to picture", "recall at 1", "chance at 10"):
        assert one in names
    assert all(0 <= value <= 1 for _, figures in passes for value in figures.values())
    card = (folder / "README.md").read_text()
    assert "pass after pass" in card
    assert "before training: picture to caption" in card


def test_siglip_trains_a_bias_that_comes_back_with_the_network(curated: RunFolder, tmp_path: Path) -> None:
    folder = train(curated, tmp_path / "clip", loss="siglip")
    network: Any = load_pairing(folder).network
    assert network.logit_bias.item() != pytest.approx(-10, abs=1e-4)
    assert network.logit_bias.item() == pytest.approx(-10, abs=1)


def test_an_image_tower_may_begin_with_weights_of_timm(curated: RunFolder, tmp_path: Path) -> None:
    import timm

    with torch.random.fork_rng():
        torch.manual_seed(7)
        trunk = timm.create_model("test_resnet", num_classes=10)
    save_file({k: v.contiguous() for k, v in trunk.state_dict().items()}, tmp_path / "trunk.safetensors")
    still = {"batch_size": 16, "steps": 1, "learning_rate": 1e-9, "weight_decay": 0.0}
    folder = train(curated, tmp_path / "clip", image_weights=str(tmp_path / "trunk.safetensors"), optimiser=still)
    found = load_file(folder / "model.safetensors")["visual.trunk.conv1.0.weight"]
    assert torch.allclose(found.float(), trunk.state_dict()["conv1.0.weight"], atol=1e-3)


@pytest.mark.parametrize(
    ("tune", "learns", "stays"),
    [
        ("full", ["visual.proj", "token_embedding.weight", "logit_scale"], []),
        ("image", ["visual.proj", "logit_scale"], ["token_embedding.weight", "text_projection", "ln_final.weight"]),
        ("text", ["text_projection", "logit_scale"], ["visual.proj", "visual.conv1.weight"]),
        ("lora", ["visual.transformer.resblocks.0.mlp.c_fc.weight"], ["visual.class_embedding", "ln_final.weight"]),
    ],
)
def test_an_open_clip_network_is_trained_on(
    open_clip_folder: Path, curated: RunFolder, tmp_path: Path, tune: str, learns: list[str], stays: list[str]
) -> None:
    folder = train(curated, tmp_path / "clip", start=str(open_clip_folder), tune=tune)
    different = changed(open_clip_folder, folder)
    assert set(learns) <= different
    assert not set(stays) & different
    before, after = load_pairing(open_clip_folder), load_pairing(folder)
    pictures = [data.astronaut(), data.coffee()]
    assert after.embed_images(pictures).shape == before.embed_images(pictures).shape == (2, 16)


def test_plain_open_clip_loads_what_was_trained_on(open_clip_folder: Path, curated: RunFolder, tmp_path: Path) -> None:
    import open_clip

    folder = train(curated, tmp_path / "clip", start=str(open_clip_folder), tune="lora")
    network, _, _ = open_clip.create_model_and_transforms(f"local-dir:{folder}")
    texts = ["an astronaut", "a cat"]
    tokens = open_clip.get_tokenizer(f"local-dir:{folder}")(texts)
    with torch.inference_mode():
        plain = network.eval().encode_text(tokens, normalize=True).numpy()
    assert np.allclose(plain, load_pairing(folder).embed_texts(texts), atol=1e-5)


def test_held_out_sources_must_be_there(curated: RunFolder, tmp_path: Path) -> None:
    with pytest.raises(toolkit.errors.RunError, match="no kept pair comes from 'emoji/nobody'"):
        train(curated, tmp_path / "clip", held_out_sources=["emoji/nobody"])


def test_image_weights_that_do_not_fit_are_an_error(curated: RunFolder, tmp_path: Path) -> None:
    save_file({"conv1.0.weight": torch.zeros(2)}, tmp_path / "trunk.safetensors")
    with pytest.raises(ModelError, match="does not fit"):
        train(curated, tmp_path / "clip", image_weights=str(tmp_path / "trunk.safetensors"))
