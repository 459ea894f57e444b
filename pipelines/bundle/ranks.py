"""How well painted pictures are told apart: where their own caption stands among those of a fixed pool."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.models.pairing import PairingNetwork
from toolkit.statistics.ranks import RankSummary, ranks_of, summarise_ranks
from toolkit.train.training_set import TrainingSet

POOL = 1000
Pictures = Sequence[NDArray[np.uint8]]


class Asked(NamedTuple):
    """Captions to paint, as numbers in `data.captions`: the first of a `pool` of captions of at most 1,000."""

    data: TrainingSet
    captions: NDArray[np.int64]
    pool: NDArray[np.int64]

    @property
    def texts(self) -> list[str]:
        """What is painted."""
        return [self.data.captions[index] for index in self.captions]


def draw(data: TrainingSet, indices: NDArray[np.int64], most: int = POOL) -> Asked:
    """Return the distinct captions of the pairs at `indices`, at most `most`, in a pool that others of `data` fill up.

    Both are drawn by a fixed seed. Equal captions are one caption.
    """
    captions = np.unique(data.caption_index[indices])
    captions = np.random.default_rng(0).permutation(captions)[: min(most, POOL)]
    others = np.random.default_rng(1).permutation(np.setdiff1d(np.arange(len(data.captions)), captions))
    return Asked(data, captions, np.concatenate([captions, others])[:POOL])


def ranks_by_text(network: PairingNetwork, asked: Asked, painted: Pictures) -> RankSummary:
    """Return where the captions of `painted` stand among the pool, by the cosine of picture and text."""
    texts = network.embed_texts([asked.data.captions[index] for index in asked.pool])
    return _summary(network.embed_images(painted) @ texts.T)


def ranks_by_picture(
    features: Callable[[Pictures], NDArray[np.float32]], asked: Asked, painted: Pictures
) -> RankSummary:
    """Return where the captions of `painted` stand among the pool, each as near as the nearest true picture of it."""
    place = np.full(len(asked.data.captions), -1)
    place[asked.pool] = np.arange(len(asked.pool))
    of_pair = place[asked.data.caption_index]
    true = np.flatnonzero(of_pair >= 0)
    seen = features(asked.data.pixels(true))
    similarity = np.full((len(painted), len(asked.pool)), -np.inf, np.float32)
    np.maximum.at(similarity.T, of_pair[true], seen @ features(painted).T)
    return _summary(similarity)


def _summary(similarity: NDArray[np.float32]) -> RankSummary:
    return summarise_ranks(ranks_of(similarity, np.arange(len(similarity))), pool=similarity.shape[1])
