"""Pictures that a generator paints for texts as they stand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from toolkit.generate.generator import Generator, Painted
from toolkit.generate.requests import GenerationRecipe, make_requests
from toolkit.probes import Probe
from toolkit.progress import Progress
from toolkit.seeds import stable_hash


def paint(generator: Generator, texts: Sequence[str], progress: Progress, each: int = 1) -> list[NDArray[np.uint8]]:
    """Return `each` pictures, uint8 (height, width, 3), of each of `texts`, one text after the other."""
    probes = [_probe(text) for text in texts]
    asked = make_requests(probes, each, 0, GenerationRecipe(), generator.defaults, generator.fingerprint)
    requests, size = [request for _, request in asked], generator.defaults.batch_size
    painted: list[Painted] = []
    for start in range(0, len(requests), size):
        painted += generator.generate(requests[start : start + size], batch_size=size)
        progress("painting", len(painted), len(requests))
    return [one.pixels for one in painted]


def _probe(text: str) -> Probe:
    identity = stable_hash("bundle", text)
    return Probe(identity, text, text, {"concept": text}, identity)
