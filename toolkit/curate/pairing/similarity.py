"""Does the caption fit the picture: the cosine of their embeddings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from toolkit.curate.pairing.embedder import Embedder, caption_id
from toolkit.curate.rule import Threshold
from toolkit.curate.scorer import Batch, Need

SIMILARITY = "pairing_similarity"


@dataclass(frozen=True)
class PairingSimilarity:
    """The cosine of picture and caption, in [-1, 1] (the CLIP score of LAION and DataComp, unscaled), and the id under
    which the caption's embedding is kept."""

    embedder: Embedder
    name: str = SIMILARITY
    needs: frozenset[Need] = frozenset({"caption", "embedding"})

    @property
    def version(self) -> str:
        """That of the model: another one gives other scores."""
        return f"2-{self.embedder.version}"

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """A cosine, and 32 hex digits."""
        return {SIMILARITY: pa.float64(), "caption_id": pa.string()}

    def setup(self) -> None:
        """See that the model can be had."""
        _ = self.embedder.facts

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return the columns."""
        captions = self.embedder.embed_captions(batch.captions)
        cosines = np.einsum("ij,ij->i", batch.embeddings, captions, dtype=np.float64)
        return {SIMILARITY: cosines.tolist(), "caption_id": [caption_id(one) for one in batch.captions]}


def similarity_threshold(minimum: float) -> Threshold:
    """Return the rule that asks for a cosine of `minimum` or more."""
    return Threshold("pairing_threshold", SIMILARITY, "picture and caption agree by {value}", minimum)
