"""How well a pairing network finds captions for pictures, pictures for captions, and the class of a picture."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.models.pairing import PairingNetwork
from toolkit.train.training_set import TrainingSet

POOL = 1000
_TEMPLATES = ("{}", "a picture of {}", "a drawing of {}")
_CLASSES = 200  # the most frequent ones
_PICTURES = 1000  # drawn once: after every pass the same ones are classified


class Retrieval(NamedTuple):
    """Of `pool` distinct captions with a picture each: how often the right one is first, and among the first ten, both
    ways; and how often by chance."""

    pool: int
    caption_at_1: float
    caption_at_10: float
    picture_at_1: float
    picture_at_10: float
    chance_at_10: float


class ZeroShot(NamedTuple):
    """How often the nearest of `classes` class names is a picture's own, over `pictures`; and by chance."""

    classes: int
    pictures: int
    accuracy: float
    chance: float


def retrieval(network: PairingNetwork, data: TrainingSet, indices: NDArray[np.int64], pool: int = POOL) -> Retrieval:
    """Return how well pictures and captions find each other: one picture each of up to `pool` captions of `indices`.

    Of equally near ones, the wrong one is not counted as nearer.
    """
    captions, first = np.unique(data.caption_index[indices], return_index=True)
    drawn = np.random.default_rng(0).permutation(len(captions))[:pool]
    captions, first = captions[drawn], first[drawn]
    texts = network.embed_texts([data.captions[index] for index in captions])
    images = network.embed_images(data.pixels(indices[first]))
    similarity = images @ texts.T
    right = np.diag(similarity)
    caption_rank, picture_rank = (similarity > right[:, None]).sum(1), (similarity > right[None, :]).sum(0)
    chance = min(1.0, 10 / max(len(right), 1))
    return Retrieval(len(right), *_recalls(caption_rank), *_recalls(picture_rank), chance)


def _recalls(rank: NDArray[np.int64]) -> tuple[float, float]:
    return float((rank < 1).mean()), float((rank < 10).mean())


def zero_shot(network: PairingNetwork, data: TrainingSet, indices: NDArray[np.int64]) -> ZeroShot | None:
    """Return how well class names alone classify pictures by `data.labels`, up to 1,000 of those at `indices`; None for
    under 2 classes.

    A class is the mean of some phrases with its name (prompt ensembling, arXiv 2103.00020, 3.1.4).
    """
    labelled = [index for index in indices.tolist() if data.labels[index]]
    names, sizes = np.unique([str(data.labels[index]) for index in labelled], return_counts=True)
    names = names[np.argsort(-sizes, kind="stable")][:_CLASSES]
    known = {name: place for place, name in enumerate(names.tolist())}
    chosen = [index for index in labelled if data.labels[index] in known]
    if len(names) < 2:
        return None
    chosen = np.random.default_rng(0).permutation(chosen)[:_PICTURES].tolist()
    texts = network.embed_texts([one.format(name.replace("-", " ")) for name in names for one in _TEMPLATES])
    classes = texts.reshape(len(names), len(_TEMPLATES), -1).mean(1)
    classes /= np.linalg.norm(classes, axis=1, keepdims=True)
    images = network.embed_images(data.pixels(chosen))
    right = np.array([known[str(data.labels[index])] for index in chosen])
    accuracy = float(((images @ classes.T).argmax(1) == right).mean())
    return ZeroShot(len(names), len(chosen), accuracy, 1 / len(names))


def pairing_figures(network: PairingNetwork, data: TrainingSet) -> dict[str, float]:
    """Return what is known of `network` on what it was not trained on, by name: concepts and sources held out."""
    found: dict[str, float] = {}
    parts = {
        "held-out concepts": np.flatnonzero(data.held_out),
        "held-out sources": np.flatnonzero(data.set_aside & ~data.held_out),
    }
    for part, indices in parts.items():
        if len(indices):
            found |= named(part, retrieval(network, data, indices))
            found |= named_classes(part, zero_shot(network, data, indices))
    return found


def named(part: str, figures: Retrieval) -> dict[str, float]:
    """Return `figures` by names for people."""
    texts = f"picture to caption, {part} ({figures.pool} captions)"
    pictures = f"caption to picture, {part} ({figures.pool} captions)"
    return {
        f"{texts}: recall at 1": round(figures.caption_at_1, 4),
        f"{texts}: recall at 10": round(figures.caption_at_10, 4),
        f"{pictures}: recall at 1": round(figures.picture_at_1, 4),
        f"{pictures}: recall at 10": round(figures.picture_at_10, 4),
        f"either way, {part}: chance at 10": round(figures.chance_at_10, 4),
    }


def named_classes(part: str, figures: ZeroShot | None) -> dict[str, float]:
    """Return `figures` by names for people; nothing for None."""
    if figures is None:
        return {}
    name = f"zero-shot, {part} ({figures.pictures} pictures, {figures.classes} classes)"
    return {f"{name}: accuracy": round(figures.accuracy, 4), f"{name}: chance": round(figures.chance, 4)}
