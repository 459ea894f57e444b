"""Puts trained networks into the zoo: `python -m pipelines.bundle --clip DIR --latent DIR --data RUN [--data RUN]`.

A card's last figures need both networks at once: the generator paints captions, the pairing network ranks them.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipelines.progress import console_progress
from toolkit.generate.generator import Painted
from toolkit.generate.load import load_generator
from toolkit.generate.requests import GenerationRecipe, make_requests
from toolkit.models.pairing import PairingNetwork, load_pairing
from toolkit.probes import Probe
from toolkit.progress import Progress
from toolkit.seeds import stable_hash
from toolkit.store import open_run
from toolkit.train.training_set import TrainingSet, load_training_set

POOL = 1000
BUNDLED_FILES = ("config.json", "model.safetensors", "training.json", "README.md")


class PaintedRank(NamedTuple):
    """Of `painted` pictures, how many rank their own caption in the first ten of `pool`, and the median rank."""

    painted: int
    pool: int
    top_10: float
    chance_top_10: float
    median_rank: float


def painted_rank(
    model: Path, network: PairingNetwork, data: TrainingSet, indices: NDArray[np.int64], progress: Progress
) -> PaintedRank:
    """Paint each distinct caption of the pairs at `indices` once (at most 1,000), and rank it in a fixed pool of 1,000.

    The pool holds those captions, then others of `data` by a seeded draw. Equal captions are one caption.
    """
    generator = load_generator(model)
    captions = np.unique(data.caption_index[indices])
    captions = np.random.default_rng(0).permutation(captions)[:POOL]
    others = np.random.default_rng(1).permutation(np.setdiff1d(np.arange(len(data.captions)), captions))
    pool = np.concatenate([captions, others])[:POOL]
    probes = [_probe(data.captions[index]) for index in captions]
    asked = make_requests(probes, 1, 0, GenerationRecipe(), generator.defaults, generator.fingerprint)
    requests, size = [request for _, request in asked], generator.defaults.batch_size
    painted: list[Painted] = []
    for start in range(0, len(requests), size):
        painted += generator.generate(requests[start : start + size], batch_size=size)
        progress("painting captions", len(painted), len(requests))
    texts = network.embed_texts([data.captions[index] for index in pool])
    similarity = network.embed_images([one.pixels for one in painted]) @ texts.T
    own = similarity[np.arange(len(painted)), np.arange(len(painted))]
    rank = (similarity > own[:, None]).sum(1) + 1
    return PaintedRank(len(rank), len(pool), float((rank <= 10).mean()), 10 / len(pool), float(np.median(rank)))


def bundle(clip: Path, latent: Path, data: Sequence[Path], zoo: Path, progress: Progress) -> None:
    """Copy both model folders into `zoo`, with the figures of the generator as the pairing network sees it."""
    recipe: dict[str, Any] = json.loads((latent / "training.json").read_text("utf-8"))["recipe"]
    pairs = load_training_set(
        [open_run(one) for one in data], 64,
        held_out_share=recipe["held_out_share"], seed=recipe["seed"], progress=progress,
    )  # fmt: skip
    network = load_pairing(clip)
    ranks = {
        "of training pairs": painted_rank(latent, network, pairs, pairs.training, progress),
        "of held-out concepts": painted_rank(latent, network, pairs, np.flatnonzero(pairs.held_out), progress),
    }
    for source, name in ((clip, "clip"), (latent, "latent")):
        (zoo / name).mkdir(exist_ok=True)
        for file in BUNDLED_FILES:
            shutil.copyfile(source / file, zoo / name / file)
    card = zoo / "latent" / "README.md"
    card.write_text(card.read_text("utf-8") + rank_section(ranks), "utf-8")


def rank_section(ranks: Mapping[str, PaintedRank]) -> str:
    """Return the section of a generator's card that says how well its pictures are told apart."""
    columns = ("captions", "painted", "pool", "in the first ten", "by chance", "median rank")
    lines = [
        "",
        "## Painted captions, ranked by zoo:clip",
        "",
        f"| {' | '.join(columns)} |",
        "|---" * len(columns) + "|",
    ]
    for name, one in ranks.items():
        cells = (name, one.painted, one.pool, f"{one.top_10:.1%}", f"{one.chance_top_10:.1%}", f"{one.median_rank:.0f}")
        lines.append(f"| {' | '.join(str(cell) for cell in cells)} |")
    return "\n".join([*lines, ""])


def _probe(caption: str) -> Probe:
    identity = stable_hash("bundle", caption)
    return Probe(identity, caption, caption, {"concept": caption}, identity)


def main() -> None:
    """Read the command line and bundle."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clip", type=Path, required=True)
    parser.add_argument("--latent", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True, action="append")
    arguments = parser.parse_args()
    with console_progress() as progress:
        bundle(arguments.clip, arguments.latent, arguments.data, Path(str(files("toolkit") / "zoo")), progress)


if __name__ == "__main__":
    main()
