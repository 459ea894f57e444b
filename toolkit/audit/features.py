"""Features: the vectors of a network that reads no texts, for the distances of sets of pictures alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from toolkit.audit.annotators.annotator import Picture
from toolkit.audit.labelling import Embedder
from toolkit.audit.subjects import PAIR, SAMPLE


def featured(pictures: Sequence[Picture], network: Embedder) -> list[Picture]:
    """Return those of `pictures` that are painted or of a dataset, the vectors of `network` as their embeddings."""
    chosen = [one for one in pictures if one.kind in (SAMPLE, PAIR)]
    vectors = network.embed_images([one.pixels for one in chosen])
    return [replace(one, embedding=vector) for one, vector in zip(chosen, vectors, strict=True)]
