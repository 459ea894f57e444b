"""Best of n: candidates from n seeds, of which the pairing network keeps the one that is most like the prompt.

Reranking by CLIP, after Ramesh et al. (arXiv 2102.12092, section 2.6).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from toolkit.generate.generator import Painted, Request
from toolkit.generate.recent_results import RecentResults
from toolkit.models.pairing import PairingNetwork
from toolkit.seeds import stable_hash

KEPT_TEXTS = 4096
SCORE_DIGITS = 4  # networks agree to this digit whatever the batch, and only what is rounded decides
SETTING = "rerank"


class BestOf:
    """Makes `n` candidates of each request and chooses among them by the cosine similarity that `network` finds."""

    def __init__(self, network: PairingNetwork, n: int) -> None:
        self._network = network
        self._texts: RecentResults[NDArray[np.float32]] = RecentResults(self._embed, KEPT_TEXTS)
        self.n = n

    def candidates(self, requests: Sequence[Request]) -> list[Request]:
        """Return `n` requests for each of `requests`, together; the first has the seed of the request itself."""
        return [
            without_rerank(request)._replace(seed=candidate_seed(request.seed, place))
            for request in requests
            for place in range(self.n)
        ]

    def choose(self, requests: Sequence[Request], painted: Sequence[Painted]) -> list[tuple[Painted, Request]]:
        """Return the best of each request's candidates, with all scores in its `meta`, and the request it was painted
        for; among equals the first."""
        vectors = self._network.embed_images([one.pixels for one in painted]).reshape(len(requests), self.n, -1)
        texts = np.stack(self._texts.get(request.prompt_sent for request in requests))
        scores = np.einsum("rnd,rd->rn", vectors, texts).round(SCORE_DIGITS)
        chosen = []
        for place, (request, values) in enumerate(zip(requests, scores, strict=True)):
            best = int(values.argmax())
            one = painted[place * self.n + best]
            seeds = [candidate_seed(request.seed, number) for number in range(self.n)]
            said = {"scores": [round(float(value), SCORE_DIGITS) for value in values], "seeds": seeds, "chosen": best}
            asked = without_rerank(request)._replace(seed=seeds[best])
            chosen.append((one._replace(meta=(one.meta or {}) | {SETTING: said}), asked))
        return chosen

    def _embed(self, texts: list[str]) -> list[NDArray[np.float32]]:
        return list(self._network.embed_texts(texts))


def candidate_seed(seed: int, place: int) -> int:
    """Return the seed of candidate `place` of a request with `seed`, in [0, 2**63): the first has `seed` itself."""
    return seed if place == 0 else int(stable_hash("candidate", seed, place)[:16], 16) >> 1


def without_rerank(request: Request) -> Request:
    """Return `request` as a generator is asked for it, which knows of no other candidate."""
    return request._replace(settings={name: value for name, value in request.settings.items() if name != SETTING})
