from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import toolkit
from toolkit.errors import ModelError, RecipeError, RunError
from toolkit.held_out import trained_concept
from toolkit.store import RunFolder
from toolkit.train.training_set import load_training_set

CLIP = {"architecture": "test_resnet", "image_size": 32, "embed_dim": 32, "held_out_share": 0.3, "seed": 1}
CLIP_FAST = CLIP | {"optimiser": {"batch_size": 16, "steps": 60, "learning_rate": 0.003}}
LATENT_FAST = {
    "held_out_share": 0.3, "seed": 1, "autoencoder_width": 8, "width": 16, "layers": 1, "heads": 2,
    "autoencoder": {"batch_size": 8, "steps": 30}, "transformer": {"batch_size": 8, "steps": 30},
}  # fmt: skip


@pytest.fixture(scope="module")
def clip(curated_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toolkit.train("clip", curated_path, tmp_path_factory.mktemp("trained") / "clip", recipe=CLIP_FAST)


def test_pictures_and_captions_are_the_kept_ones_and_concepts_are_held_out_whole(curated: RunFolder) -> None:
    data = load_training_set([curated], 32, held_out_share=0.3, seed=1)
    kept = curated.read("decisions", ["keep"])["keep"].to_pylist()
    assert len(data.pictures) == sum(kept) == 48
    assert 0 < data.held_out.sum() < 48
    for caption in range(len(data.captions)):
        assert len(set(data.held_out[data.caption_index == caption])) == 1
    assert not set(data.training) & set(np.flatnonzero(data.held_out))


def test_a_concept_is_the_base_name_where_there_is_one() -> None:
    tones = [{"caption": f"judge: {tone} skin tone", "meta": '{"base": "Judge"}'} for tone in ("light", "dark")]
    assert {trained_concept(row["caption"], row["meta"]) for row in tones} == {"judge"}
    assert trained_concept("A House", None) == "a house"


def test_clip_learns_to_tell_the_photographs_apart(clip: Path) -> None:
    network = toolkit.load_pairing(clip)
    from skimage import data

    pictures = [data.astronaut()[40:240, 60:260], data.coffee()[40:240, 60:260], data.chelsea()[40:240, 60:260]]
    texts = network.embed_texts([f"{name}, part 1 of the photograph" for name in ("astronaut", "coffee", "cat")])
    assert (network.embed_images(pictures) @ texts.T).argmax(1).tolist() == [0, 1, 2]


def test_the_model_folder_says_how_it_was_made(clip: Path, curated: RunFolder) -> None:
    record = json.loads((clip / "training.json").read_text())
    assert record["data"]["runs"][0]["hash"] == curated.content_hash()
    assert record["data"]["training_pairs"] + record["data"]["held_out_pairs"] == record["data"]["pairs"] == 48
    curve = record["parts"]["pairing"]["curve"]
    assert curve[-1][1] < curve[0][1]
    card = (clip / "README.md").read_text()
    assert curated.content_hash() in card
    assert "held-out concepts" in card


def test_the_same_seed_trains_the_same_weights(clip: Path, curated_path: Path, tmp_path: Path) -> None:
    again = toolkit.train("clip", curated_path, tmp_path / "again", recipe=CLIP_FAST)
    assert (again / "model.safetensors").read_bytes() == (clip / "model.safetensors").read_bytes()


def test_latent_trains_and_paints(curated_path: Path, tmp_path: Path) -> None:
    folder = toolkit.train("latent", curated_path, tmp_path / "latent", recipe=LATENT_FAST)
    record = json.loads((folder / "training.json").read_text())
    for part in ("autoencoder", "transformer"):
        assert record["parts"][part]["steps"] == 30
        assert record["parts"][part]["curve"][-1][1] < record["parts"][part]["curve"][0][1]
    run = toolkit.generate(folder, {"templates": ["a cat"]}, tmp_path / "run", replicates=2)
    assert run.stages["generate"]["counts"] == {"probes": 1, "requests": 2, "failed": 0}


def test_bad_requests_say_what_is_wrong(curated_path: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("mine")
    with pytest.raises(ModelError, match="in the way"):
        toolkit.train("clip", curated_path, tmp_path / "full")
    with pytest.raises(RecipeError, match="did you mean 'optimiser'"):
        toolkit.train("clip", curated_path, tmp_path / "a", recipe={"optimizer": {}})
    with pytest.raises(RunError, match="not a folder"):
        toolkit.train("clip", tmp_path / "nowhere", tmp_path / "b")
    with pytest.raises(ModelError, match="expected clip, latent"):
        toolkit.train("gan", curated_path, tmp_path / "c")
