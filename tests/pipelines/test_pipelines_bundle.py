"""What the zoo's cards say of painted pictures, checked on real pictures: whoever is asked for is in them."""

from __future__ import annotations

import json
import shutil
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file

from pipelines.bundle import stage
from pipelines.bundle.prompted import gender_by_picture, gender_by_text, people_at_work, tone_by_colour
from pipelines.bundle.ranks import Pictures, draw, ranks_by_picture, ranks_by_text
from pipelines.bundle.stage import Networks, bundle
from toolkit.caption_words import GENDERS
from toolkit.curate.stage import curate
from toolkit.models import torchvision_ops
from toolkit.models.imagenet_features import ImageNetFeatures
from toolkit.models.pairing import load_pairing
from toolkit.progress import silent
from toolkit.sources import open_source
from toolkit.store import RunFolder
from toolkit.train.training_set import TrainingSet, load_training_set

ROLES = ("firefighter", "judge", "farmer")


@pytest.fixture(scope="module")
def curated(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """Firefighters, judges and farmers of the sample, as women and men of all tones, and twenty other pictures."""
    folder = tmp_path_factory.mktemp("people")
    rows = list(open_source("zoo:sample").rows())
    named = {f"{gender} {role}" for gender in GENDERS for role in ROLES}
    people = [row for row in rows if (row.caption or "").split(":")[0] in named]
    for number, row in enumerate([*people, *islice(rows, 20)]):
        (folder / f"{number:03}.webp").write_bytes(row.data or b"")
        (folder / f"{number:03}.txt").write_text(row.caption or "")
    recipe = {"duplicates": {"perceptual": None}}
    return curate(folder, tmp_path_factory.mktemp("runs") / "curated", recipe=recipe)


@pytest.fixture(scope="module")
def data(curated: RunFolder) -> TrainingSet:
    return load_training_set([curated], 64, held_out_share=0.1, seed=0)


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of the ImageNet network's form, of random weights."""
    torchvision_ops.ensure()
    import timm

    torch.manual_seed(0)
    file = tmp_path_factory.mktemp("imagenet") / "random.safetensors"
    save_file(timm.create_model("tf_efficientnet_lite2").state_dict(), file)
    return file


def _pixels(pictures: Pictures) -> NDArray[np.float32]:
    """Unit vectors of pixels: a picture is nearest to itself."""
    flat = np.stack([picture.reshape(-1).astype(np.float32) for picture in pictures])
    flat -= flat.mean(axis=1, keepdims=True)
    return np.asarray(flat / np.linalg.norm(flat, axis=1, keepdims=True))


def _true(data: TrainingSet, captions: list[str]) -> list[NDArray[np.uint8]]:
    """A true picture of each caption."""
    numbers = [int(np.flatnonzero(data.caption_index == data.captions.index(one))[0]) for one in captions]
    return data.pixels(numbers)


def test_true_pictures_are_found_and_other_pictures_are_not(data: TrainingSet) -> None:
    asked = draw(data, data.training)
    true = _true(data, asked.texts)
    found = ranks_by_picture(_pixels, asked, true)
    assert (found.n, found.pool) == (len(asked.texts), len(asked.pool))
    assert (found.median, found.in_top) == (1.0, 1.0)
    others = [true[(place + len(true) // 2) % len(true)] for place in range(len(true))]
    assert ranks_by_picture(_pixels, asked, others).in_top < 0.6
    by_text = [ranks_by_text(load_pairing("zoo:clip"), asked, pictures) for pictures in (true, others)]
    assert by_text[0].median < by_text[1].median


def test_true_people_are_read_as_their_captions_name_them(data: TrainingSet) -> None:
    people = people_at_work(data, ROLES)
    assert {one.gender for one in people} == {"woman", "man"}
    assert len({one.tone for one in people}) == 5
    true = _true(data, [one.caption for one in people])
    exchanged = _true(data, [_other(one.caption) for one in people if _other(one.caption) in data.captions])
    known = [one for one in people if _other(one.caption) in data.captions]
    assert gender_by_picture(_pixels, data, people, true).agreement == 1.0
    assert gender_by_picture(_pixels, data, known, exchanged).agreement == 0.0
    read = gender_by_text(load_pairing("zoo:clip"), people, true)
    assert read.n == len(people)
    assert read.told > len(people) / 2
    assert read.agreement > 0.8
    tones = tone_by_colour(data, people, true)
    assert tones.told > 0.7 * len(people)
    assert tones.agreement > 0.7
    assert tone_by_colour(data, people, true[::-1]).agreement < 0.5
    assert tone_by_colour(data, people, [np.full((64, 64, 3), 255, np.uint8)] * len(people)).told == 0


def _other(caption: str) -> str:
    return caption.replace("woman ", "man ") if caption.startswith("woman ") else caption.replace("man ", "woman ")


def test_both_networks_are_copied_and_the_card_ends_with_what_was_measured(
    curated: RunFolder, untrained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    zoo = tmp_path / "zoo"
    bundled = Path(load_pairing.__code__.co_filename).parents[1] / "zoo"
    clip = tmp_path / "clip"
    shutil.copytree(bundled / "clip", clip)
    record = json.loads((clip / "training.json").read_text())
    record["recipe"] |= {"held_out_sources": [], "zero_shot": None}  # what these pictures do not have
    (clip / "training.json").write_text(json.dumps(record))
    networks = Networks(clip, bundled / "latent", before_clip=(bundled / "clip",))
    monkeypatch.setattr(stage, "_EACH", 1)  # one picture of each person shows what is written down
    bundle(networks, [curated.path], untrained, zoo, silent, captions=4)
    for name in ("clip", "latent"):
        assert (zoo / name / "model.safetensors").read_bytes() == (bundled / name / "model.safetensors").read_bytes()
    section = (zoo / "clip" / "README.md").read_text("utf-8").split("## The same network with random weights")[-1]
    figures = dict(line.strip("| ").split(" | ") for line in section.split("\n") if line.startswith("| picture to"))
    assert {name.split("(")[0] for name in figures} >= {"picture to caption, held-out concepts "}
    assert all(float(value) < 0.5 for name, value in figures.items() if name.endswith("at 1")), "it has learned nothing"
    section = (zoo / "latent" / "README.md").read_text("utf-8").split("## Painted captions")[-1]
    assert "| training | zoo:clip, picture to text | 4 |" in section
    assert "| held-out concepts | an ImageNet network, nearest true picture |" in section
    assert "| skin tone | the colour of the face |" in section
    before = {file.name: file.read_bytes() for file in (zoo / "clip").iterdir()}
    earlier = (bundled / "latent", bundled / "latent")
    monkeypatch.setattr(stage, "painted_figures", lambda *_: "\n## Painted captions\n")  # measured once is enough
    bundle(
        Networks(None, bundled / "latent", before_latent=earlier), [curated.path], untrained, zoo, silent, captions=2
    )
    assert {file.name: file.read_bytes() for file in (zoo / "clip").iterdir()} == before
    card = (zoo / "latent" / "README.md").read_text("utf-8")
    added = card.split("## The trainings before this one")[-1]  # the folder's own card has such sections already
    assert added.count("| transformer |") == 2
    assert added.count("## Painted captions") == 1


def test_features_do_not_depend_on_the_batch(untrained: Path, data: TrainingSet) -> None:
    features = ImageNetFeatures(untrained)
    pictures = _true(data, data.captions[:3])
    together = features.embed_images(pictures)
    assert np.allclose(together, np.concatenate([features.embed_images([one]) for one in pictures]), atol=1e-5)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
