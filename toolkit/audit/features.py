"""Features kept: the vectors of a network that reads no texts, for the distances of sets of pictures alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from toolkit.audit.annotators.annotator import Picture
from toolkit.audit.embeddings import FEATURES, EmbeddingWriter
from toolkit.audit.labelling import Embedder
from toolkit.audit.subjects import PAIR, SAMPLE
from toolkit.store import RunFolder


class FeatureWriter:
    """Embeds pictures by `network` and writes the features to a run."""

    def __init__(self, run: RunFolder, network: Embedder) -> None:
        self.network = network
        self._writer = EmbeddingWriter(run, network.fingerprint, FEATURES)

    def add(self, pictures: Sequence[Picture]) -> None:
        """Embed those of `pictures` that are painted or of a dataset."""
        chosen = [one for one in pictures if one.kind in (SAMPLE, PAIR)]
        vectors = self.network.embed_images([one.pixels for one in chosen])
        self._writer.add([replace(one, embedding=vector) for one, vector in zip(chosen, vectors, strict=True)])

    def finish(self) -> int:
        """Write what is left; return how many pictures were embedded in all."""
        return self._writer.finish()
