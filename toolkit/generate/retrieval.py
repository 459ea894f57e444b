"""The retrieval family: returns pictures that were kept for training, drawn for a prompt.

It shows what the data alone would show, to hold a trained generator against. Where the candidates of each prompt are
given with shares, it is an oracle: an audit of its pictures must find those shares.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from toolkit.errors import ModelError, RunError
from toolkit.generate.generator import Defaults, Painted, Request
from toolkit.generate.recent_results import RecentResults
from toolkit.generate.training_pairs import TrainingPairs
from toolkit.models.pairing import PairingNetwork, load_pairing
from toolkit.recipe import Recipe, load_recipe
from toolkit.seeds import random_stream, stable_hash
from toolkit.store import open_run

SETTING = "retrieval"
KEPT_PICTURES = 512
LARGEST_SIDE = 512
BATCH_SIZE = 64


class Share(Recipe):
    """Pairs with one of `captions`, or those called `sample_ids`, and the `share` of a prompt's pictures they get."""

    captions: tuple[str, ...] = ()
    sample_ids: tuple[str, ...] = ()
    share: float = Field(gt=0)

    @model_validator(mode="after")
    def _names_some(self) -> Share:
        if not self.captions and not self.sample_ids:
            raise ValueError("a share names captions or sample_ids")
        return self


class RetrievalSettings(Recipe):
    """How pictures are found for a prompt.

    `match: captions` draws among the pairs of the `k` captions nearest to the prompt by the pairing network `model`;
    `match: words` among the pairs whose caption holds every word of the prompt. `weighted` draws by the weights of
    `tain balance`. `shares` gives the candidates of each prompt; then nothing is searched. `fingerprint` is filled in.
    """

    match: Literal["captions", "words"] = "captions"
    model: str = "zoo:clip"
    k: int = Field(default=10, ge=1)
    weighted: bool = False
    shares: dict[str, tuple[Share, ...]] | None = None
    fingerprint: str | None = None


class Pool(NamedTuple):
    """The pairs that may be drawn for a prompt, by their places, and how likely each is; chances add up to 1."""

    places: NDArray[np.int64]
    chances: NDArray[np.float64]


class RetrievalGenerator:
    """Draws kept pairs for prompts, each by the stream of its request."""

    device = "cpu"
    dtype = "uint8"

    def __init__(self, pairs: TrainingPairs, name: str, fingerprint: str) -> None:
        self._pairs = pairs
        self.name = name
        self.fingerprint = fingerprint
        self._network: PairingNetwork | None = None
        self._network_name = ""
        self._caption_vectors: NDArray[np.float32] | None = None
        self._settings = RetrievalSettings()
        self._pools: RecentResults[Pool] = RecentResults(self._find_pools, BATCH_SIZE)
        self._pictures: RecentResults[NDArray[np.uint8]] = RecentResults(pairs.pictures, KEPT_PICTURES)
        side = min(LARGEST_SIDE, pairs.usual_side)
        self.defaults = Defaults(1, 0.0, side, side, BATCH_SIZE)

    def pin(self, settings: dict[str, Any]) -> dict[str, Any]:
        """Return `settings` with the defaults of this family, and the fingerprint of the network that reads texts."""
        asked = _read(settings)
        if asked.shares is None and asked.match == "captions":
            found = self._load(asked.model).fingerprint
            if asked.fingerprint not in (None, found):
                raise ModelError(f"{asked.model} has the fingerprint {found}; the recipe asks for {asked.fingerprint}")
            asked = asked.model_copy(update={"fingerprint": found})
        return {SETTING: asked.model_dump(mode="json")}

    def check(self, requests: Sequence[Request]) -> None:
        """Raise ModelError for a size that is no square, weights that the run lacks, and a prompt without shares."""
        for request in requests:
            if request.width != request.height:
                found = f"{request.width} x {request.height}"
                raise ModelError(f"retrieved pictures are laid on squares; {found} was asked for")
        asked = _read(requests[0].settings)
        if asked.weighted and not self._pairs.has_weights:
            raise ModelError(
                f"{self.name} has no weights; make them with tain balance, and name the run that it writes"
            )
        if asked.shares is not None:
            for prompt in dict.fromkeys(request.prompt_sent for request in requests):
                self._pool_of_shares(prompt, asked)

    def generate(self, requests: Sequence[Request], *, batch_size: int) -> list[Painted]:
        """Return one picture a request; see `Generator.generate`. Raises LookupError where no kept pair fits a prompt.

        The `meta` of each names the pair that it is.
        """
        self._use(requests[0].settings if requests else {})
        pools = self._pools.get(request.prompt_sent for request in requests)
        places = [_draw(pool, request.seed) for pool, request in zip(pools, requests, strict=True)]
        pictures = self._pictures.get(
            f"{request.width} {self._pairs.sample_ids[place]}" for request, place in zip(requests, places, strict=True)
        )
        said = [
            {"sample_id": self._pairs.sample_ids[place], "caption": self._pairs.captions[place]} for place in places
        ]
        return [Painted(one, meta={SETTING: about}) for one, about in zip(pictures, said, strict=True)]

    def _use(self, settings: dict[str, Any]) -> None:
        asked = _read(settings)
        if asked != self._settings:
            self._settings = asked
            self._pools = RecentResults(self._find_pools, BATCH_SIZE)

    def _find_pools(self, prompts: list[str]) -> list[Pool]:
        asked = self._settings
        if asked.shares is not None:
            return [self._pool_of_shares(prompt, asked) for prompt in prompts]
        if asked.match == "words":
            return [self._pool(self._pairs.holding_words(prompt), prompt) for prompt in prompts]
        return [self._pool(places, prompt) for prompt, places in zip(prompts, self._nearest(prompts), strict=True)]

    def _nearest(self, prompts: list[str]) -> list[NDArray[np.int64]]:
        """Return for each of `prompts` the places of the pairs of the k nearest captions."""
        captions = self._pairs.distinct_captions
        network = self._load(self._settings.model)
        if self._caption_vectors is None:
            self._caption_vectors = network.embed_texts(captions)
        similarity = (network.embed_texts(prompts) @ self._caption_vectors.T).round(4)
        found = []
        for row in similarity:
            nearest = np.lexsort((np.arange(len(captions)), -row))[: self._settings.k]
            found.append(np.concatenate([self._pairs.with_caption(captions[place]) for place in nearest]))
        return found

    def _load(self, name: str) -> PairingNetwork:
        if self._network is None or self._network_name != name:
            self._network, self._network_name, self._caption_vectors = load_pairing(name), name, None
        return self._network

    def _pool(self, places: NDArray[np.int64], prompt: str) -> Pool:
        if not len(places):
            raise LookupError(f"no kept pair has a caption for {prompt!r}")
        return Pool(places, self._spread(places))

    def _pool_of_shares(self, prompt: str, asked: RetrievalSettings) -> Pool:
        shares = (asked.shares or {}).get(prompt)
        if not shares:
            raise ModelError(f"no shares are given for the prompt {prompt!r}; give its candidates in the recipe")
        whole = sum(one.share for one in shares)
        places, chances = [], []
        for one in shares:
            found = [self._pairs.with_caption(caption) for caption in one.captions]
            among = np.concatenate([*found, self._pairs.places_of(one.sample_ids)])
            if not len(among):
                raise ModelError(f"{prompt!r}: no kept pair is one of {[*one.captions, *one.sample_ids]}")
            places.append(among)
            chances.append(self._spread(among) * one.share / whole)
        return Pool(np.concatenate(places), np.concatenate(chances))

    def _spread(self, places: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return chances for `places` that add up to 1: even, or by the run's weights."""
        weights = self._pairs.weights[places] if self._settings.weighted else np.ones(len(places))
        return np.asarray(weights / weights.sum())


def _draw(pool: Pool, seed: int) -> int:
    """Return the place that the stream of `seed` draws from `pool`."""
    import torch

    drawn = float(torch.rand((), generator=random_stream(seed), dtype=torch.float64))
    at = int(np.searchsorted(np.cumsum(pool.chances), drawn, side="right"))
    return int(pool.places[min(at, len(pool.places) - 1)])


def _read(settings: dict[str, Any]) -> RetrievalSettings:
    for name in sorted(set(settings) - {SETTING}):
        raise ModelError(f"the retrieval family takes no setting {name!r}; it takes {SETTING}")
    asked: dict[str, Any] = settings.get(SETTING, {})
    return load_recipe(RetrievalSettings, asked)


def load_retrieval(run: str) -> RetrievalGenerator:
    """Return the generator that draws from what the curated run at `run` kept. Raises ModelError where it is none."""
    try:
        pairs = TrainingPairs(open_run(Path(run)))
    except RunError as error:
        raise ModelError(f"retrieval:{run} cannot draw from that: {error}") from error
    return RetrievalGenerator(pairs, f"retrieval:{run}", stable_hash("retrieval", *pairs.content_hashes))
