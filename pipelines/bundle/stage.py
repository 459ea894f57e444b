"""Copies trained networks into the zoo, with figures beside those of their trainings.

A generator's need a judge, and a second one; beside a pairing network's stand those of the same with random weights.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pipelines.bundle.card import earlier_section, followed_section, held_out_section, random_section, rank_section
from pipelines.bundle.painting import paint
from pipelines.bundle.prompted import gender_by_picture, gender_by_text, people_at_work, tone_by_colour
from pipelines.bundle.ranks import draw, ranks_by_picture, ranks_by_text
from pipelines.demo import PROBES
from toolkit.generate.load import load_generator
from toolkit.models.imagenet_features import ImageNetFeatures
from toolkit.models.pairing import PairingNetwork, create_pairing, load_pairing
from toolkit.probes import load_probes
from toolkit.progress import Progress
from toolkit.store import open_run
from toolkit.train.pairing_figures import pairing_figures
from toolkit.train.training_set import TrainingSet, load_training_set

BUNDLED_FILES = ("config.json", "model.safetensors", "training.json", "README.md")
JUDGE = "an ImageNet network, nearest true picture"
_EACH = 4  # pictures of each person at work


class Networks(NamedTuple):
    """Folders of trained networks, and of those that each went on from, the first one first; without `clip` the pairing
    network that is bundled already stays, and judges."""

    clip: Path | None
    latent: Path
    before_clip: tuple[Path, ...] = ()
    before_latent: tuple[Path, ...] = ()


def bundle(
    networks: Networks, data: Sequence[Path], imagenet: Path, zoo: Path, progress: Progress, captions: int = 1000
) -> None:
    """Copy the folders of `networks` into `zoo`; up to `captions` of each kind are painted for the figures."""
    clip, latent = networks.clip, networks.latent
    network = load_pairing("zoo:clip" if clip is None else clip)
    painted = painted_figures(network, latent, data, ImageNetFeatures(imagenet), progress, captions)
    if clip is not None:
        figures = earlier_figures(networks.before_clip) + random_figures(network, clip, data, progress)
        _place(clip, zoo / "clip", figures)
    _place(latent, zoo / "latent", earlier_figures(networks.before_latent) + painted)


def _place(trained: Path, bundled: Path, figures: str) -> None:
    """Copy the folder `trained` to `bundled`, with `figures` at the end of its card."""
    bundled.mkdir(parents=True, exist_ok=True)
    for file in BUNDLED_FILES:
        shutil.copyfile(trained / file, bundled / file)
    card = bundled / "README.md"
    card.write_text(card.read_text("utf-8") + figures, "utf-8")


def earlier_figures(before: Sequence[Path]) -> str:
    """Return the sections of a card on the trainings in the folders `before`, and on sources that they held out."""
    records = [json.loads((folder / "training.json").read_text("utf-8")) for folder in before]
    sections = earlier_section(records) if records else ""
    for record in records:
        figures = {name: value for name, value in record["figures"].items() if _is_held_out(name)}
        if figures:
            sections += held_out_section(record["command"], record["recipe"]["held_out_sources"], figures)
    return sections


def random_figures(trained: PairingNetwork, clip: Path, data: Sequence[Path], progress: Progress) -> str:
    """Return the section of a card on what the network `trained`, of the folder `clip`, does with random weights."""
    pairs = _pairs(clip, data, trained.image_size, progress)
    return random_section(pairing_figures(create_pairing(trained.config), pairs))


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
    generator = load_generator(latent)
    pairs = _pairs(latent, data, generator.defaults.width, progress)
    ranks = {}
    for name, indices in (("training", pairs.training), ("held-out concepts", np.flatnonzero(pairs.held_out))):
        asked = draw(pairs, indices, captions)
        painted = paint(generator, asked.texts, progress)
        ranks[name, "zoo:clip, picture to text"] = ranks_by_text(network, asked, painted)
        ranks[name, JUDGE] = ranks_by_picture(features.embed_images, asked, painted)
    people = [
        one for one in people_at_work(pairs, [probe.concept for probe in load_probes(PROBES)]) for _ in range(_EACH)
    ]
    painted = paint(generator, [one.caption for one in people[::_EACH]], progress, each=_EACH)
    followed = {
        ("gender", "zoo:clip, as in an audit"): gender_by_text(network, people, painted),
        ("gender", JUDGE): gender_by_picture(features.embed_images, pairs, people, painted),
        ("skin tone", "the colour of the face"): tone_by_colour(pairs, people, painted),
    }
    return rank_section(ranks) + followed_section(followed)


def _pairs(model: Path, data: Sequence[Path], side: int, progress: Progress) -> TrainingSet:
    """Return the pairs of `data`, of which those are held out that were when the folder `model` was trained."""
    recipe: dict[str, Any] = json.loads((model / "training.json").read_text("utf-8"))["recipe"]
    return load_training_set(
        [open_run(one) for one in data],
        side,
        held_out_share=recipe["held_out_share"],
        seed=recipe["seed"],
        held_out_sources=recipe.get("held_out_sources", ()),
        label_column=recipe.get("zero_shot"),
        progress=progress,
    )


def _is_held_out(figure: str) -> bool:
    """Return whether `figure` is of sources that a training held out, and of the network that it ended with."""
    return "held-out sources" in figure and not figure.startswith("before training")
