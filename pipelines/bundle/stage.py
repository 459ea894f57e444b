"""Copies trained networks into the zoo. A generator's card ends with figures that need a judge, and a second one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.bundle.card import followed_section, rank_section
from pipelines.bundle.imagenet import ImageNetFeatures
from pipelines.bundle.painting import paint
from pipelines.bundle.prompted import gender_by_picture, gender_by_text, people_at_work, tone_by_colour
from pipelines.bundle.ranks import draw, ranks_by_picture, ranks_by_text
from toolkit.generate.load import load_generator
from toolkit.models.pairing import PairingNetwork, load_pairing
from toolkit.progress import Progress
from toolkit.store import open_run
from toolkit.train.training_set import TrainingSet, load_training_set

BUNDLED_FILES = ("config.json", "model.safetensors", "training.json", "README.md")
ROLES = (
    "firefighter", "health worker", "judge", "teacher", "cook", "student",
    "farmer", "mechanic", "scientist", "artist", "police officer", "construction worker",
)  # fmt: skip
_EACH = 4  # pictures of each person at work


def bundle(
    clip: Path, latent: Path, data: Sequence[Path], imagenet: Path, zoo: Path, progress: Progress, captions: int = 1000
) -> None:
    """Copy both model folders into `zoo`; up to `captions` of each kind are painted for the figures."""
    figures = painted_figures(load_pairing(clip), latent, data, ImageNetFeatures(imagenet), progress, captions)
    for source, name in ((clip, "clip"), (latent, "latent")):
        (zoo / name).mkdir(parents=True, exist_ok=True)
        for file in BUNDLED_FILES:
            shutil.copyfile(source / file, zoo / name / file)
    card = zoo / "latent" / "README.md"
    card.write_text(card.read_text("utf-8") + figures, "utf-8")


def painted_figures(
    network: PairingNetwork,
    latent: Path,
    data: Sequence[Path],
    features: ImageNetFeatures,
    progress: Progress,
    captions: int,
) -> str:
    """Return the sections of a card on what the generator in the folder `latent` paints, as `network` and `features`
    see it."""
    pairs = _pairs(latent, data, progress)
    generator = load_generator(latent)
    ranks = {}
    for name, indices in (("training", pairs.training), ("held-out concepts", np.flatnonzero(pairs.held_out))):
        asked = draw(pairs, indices, captions)
        painted = paint(generator, asked.texts, progress)
        ranks[name, "zoo:clip, picture to text"] = ranks_by_text(network, asked, painted)
        ranks[name, "an ImageNet network, nearest true picture"] = ranks_by_picture(features, asked, painted)
    people = [one for one in people_at_work(pairs, ROLES) for _ in range(_EACH)]
    painted = paint(generator, [one.caption for one in people[::_EACH]], progress, each=_EACH)
    followed = {
        ("gender", "zoo:clip, as in an audit"): gender_by_text(network, people, painted),
        ("gender", "an ImageNet network, nearest true picture"): gender_by_picture(features, pairs, people, painted),
        ("skin tone", "the colour of the face"): tone_by_colour(pairs, people, painted),
    }
    return rank_section(ranks) + followed_section(followed)


def _pairs(latent: Path, data: Sequence[Path], progress: Progress) -> TrainingSet:
    recipe: dict[str, Any] = json.loads((latent / "training.json").read_text("utf-8"))["recipe"]
    return load_training_set(
        [open_run(one) for one in data],
        64,
        held_out_share=recipe["held_out_share"],
        seed=recipe["seed"],
        progress=progress,
    )
