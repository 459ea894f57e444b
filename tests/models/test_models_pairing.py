from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from skimage import data

from toolkit.errors import ModelError
from toolkit.models.pairing import create_pairing, load_pairing


def test_saved_network_embeds_as_before(tiny_clip: Path, tmp_path: Path) -> None:
    first = load_pairing(tiny_clip)
    first.save(tmp_path / "again")
    second = load_pairing(tmp_path / "again")
    pictures = [data.astronaut(), data.coffee()]
    assert np.array_equal(first.embed_images(pictures), second.embed_images(pictures))
    assert first.fingerprint == second.fingerprint


def test_embeddings_are_unit_vectors_untouched_by_neighbours(tiny_clip: Path) -> None:
    network = load_pairing(tiny_clip)
    alone = network.embed_images([data.chelsea()], batch_size=4)
    among = network.embed_images([data.astronaut(), data.coffee(), data.chelsea()], batch_size=4)
    assert alone.shape == (1, network.dimension)
    assert np.array_equal(alone[0], among[2])
    assert np.allclose(np.linalg.norm(among, axis=1), 1, atol=1e-5)
    assert network.embed_texts([]).shape == (0, network.dimension)


def test_texts_of_all_lengths_come_back_in_order_untouched_by_each_other(tiny_clip: Path) -> None:
    network = load_pairing(tiny_clip)
    texts = ["cat", "", "a very long caption " * 9, "a red house by the sea in the evening", "cat"]
    together = network.embed_texts(texts, batch_size=4)
    for text, vector in zip(texts, together, strict=True):
        assert np.array_equal(network.embed_texts([text], batch_size=4)[0], vector)
    assert np.array_equal(together[0], together[4])
    assert not np.allclose(together[0], together[3], atol=1e-3)


def test_another_seed_is_another_network(tiny_clip: Path) -> None:
    config = json.loads((tiny_clip / "config.json").read_text())
    assert create_pairing(config, seed=1).fingerprint == create_pairing(config, seed=1).fingerprint
    assert create_pairing(config, seed=1).fingerprint != create_pairing(config, seed=2).fingerprint


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("zoo:clap", "zoo:clap"),
        ("no/such/model/here", "no model at"),
        ("open_clip:ViT-B-33/laion2b", "ViT-B-33"),
    ],
)
def test_unknown_names_say_what_is_expected(name: str, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        load_pairing(name)


def test_folder_without_weights_and_damaged_weights_are_named(tiny_clip: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes((tiny_clip / "config.json").read_bytes())
    with pytest.raises(ModelError, match="no weights at"):
        load_pairing(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"\x00" * 64)
    with pytest.raises(ModelError, match="damaged"):
        load_pairing(tmp_path)


def test_a_pickle_is_refused_unless_allowed(tmp_path: Path) -> None:
    (tmp_path / "open_clip_config.json").write_text('{"model_cfg": {}}')
    (tmp_path / "open_clip_pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(ModelError, match="--allow-pickle"):
        load_pairing(tmp_path)
