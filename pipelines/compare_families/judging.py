"""What a pairing network sees in painted pictures: do they show what was asked for, do they look like real ones?"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.compare_families.recipe import Contest
from toolkit.images import decode
from toolkit.models.pairing import PairingNetwork
from toolkit.statistics.kernel_distance import kernel_distance
from toolkit.statistics.ranks import ranks_of, summarise_ranks
from toolkit.store import RunFolder
from toolkit.train.training_set import TrainingSet


class Judge:
    """A pairing network, the captions of the pool and the real pictures of held-out concepts as it sees them."""

    def __init__(self, network: PairingNetwork, contest: Contest, data: TrainingSet) -> None:
        self._network, self._contest, self._data = network, contest, data
        self._captions = network.embed_texts(contest.pool)
        self._place = {caption: index for index, caption in enumerate(contest.pool)}
        self._reference = self._seen(data.pixels(contest.reference))

    def painted(self, run: RunFolder) -> dict[str, Any]:
        """Return the figures of the pictures in `run`, painted for the captions of the contest."""
        pictures = painted_by_prompt(run)
        held_out, training = (
            [pictures[caption] for caption in captions] for captions in (self._contest.held_out, self._contest.training)
        )
        return self._figures(held_out, training)

    def real(self) -> dict[str, Any]:
        """Return the same figures of real pictures; the distance is that of training pictures from held-out ones."""
        held_out, training = (
            self._data.pixels(some) for some in (self._contest.real_held_out, self._contest.real_training)
        )
        return self._figures(held_out, training) | self._distance(self._seen(training))

    def _figures(self, held_out: list[NDArray[np.uint8]], training: list[NDArray[np.uint8]]) -> dict[str, Any]:
        seen_held_out, seen_training = self._seen(held_out), self._seen(training)
        ranks = {
            "held_out": self._ranks(seen_held_out, self._contest.held_out),
            "training": self._ranks(seen_training, self._contest.training),
        }
        return {"ranks": ranks} | self._distance(seen_held_out)

    def _ranks(self, seen: NDArray[np.float32], captions: Sequence[str]) -> dict[str, Any]:
        right = [self._place[caption] for caption in captions]
        found = summarise_ranks(ranks_of(seen @ self._captions.T, right), pool=len(self._captions))
        return found._asdict() | {"interval": list(found.interval)}

    def _distance(self, seen: NDArray[np.float32]) -> dict[str, Any]:
        """Unit vectors are scaled so that a feature is about 1, as those are that the kernel was made for."""
        scale = sqrt(self._network.dimension)
        found = kernel_distance(seen * scale, self._reference * scale)
        return {"distance": found._asdict() | {"interval": list(found.interval)}}

    def _seen(self, pictures: list[NDArray[np.uint8]]) -> NDArray[np.float32]:
        return self._network.embed_images(pictures)


def painted_by_prompt(run: RunFolder) -> dict[str, NDArray[np.uint8]]:
    """Return the pictures of `run`, uint8 (height, width, 3), by their prompt."""
    prompts = {row["request_id"]: row["prompt"] for row in run.read("requests", ["request_id", "prompt"]).to_pylist()}
    return {
        prompts[row["request_id"]]: decode((run.path / Path(row["image_path"])).read_bytes())
        for row in run.read("samples", ["request_id", "image_path"]).to_pylist()
    }
