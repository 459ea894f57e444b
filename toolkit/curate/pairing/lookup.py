"""What global rules read of a run beside its scores: the embeddings of its rows, from the cache."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import chain

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit.curate.pairing.embedder import Embedder
from toolkit.curate.pairing.similarity import SIMILARITY
from toolkit.errors import RunError
from toolkit.store import RunFolder


class EmbeddingLookup:
    """Embeddings by content_id, for the rows that `scored` has a similarity of."""

    def __init__(self, embedder: Embedder, scored: RunFolder) -> None:
        self.embedder = embedder
        self._scored = scored

    def __call__(self, content_ids: Sequence[str]) -> NDArray[np.float32]:
        """Return the embeddings, float32 (n, dimension); NaN rows for pictures that were never embedded.

        Raises RunError where the cache has lost embeddings that the scores were made from: rules would decide
        otherwise without them.
        """
        _ = self._checked
        return self.embedder.known_pictures(content_ids)

    @cached_property
    def _checked(self) -> bool:
        cache = self.embedder.cache
        lost = cache.missing("pictures", chain.from_iterable(map(_content_ids, self._shards())))
        if lost:
            raise RunError(
                f"{lost} embeddings behind the scores of {self._scored.path} are not in the cache {cache.path}; give "
                f"its folder with --cache, or make them again with tain decide {self._scored.path} --score"
            )
        return True

    def _shards(self) -> Iterator[tuple[pa.Table, pa.Table]]:
        pairs = self._scored.find("pairs")
        assert pairs is not None
        return zip(pairs.scan("pairs", ["content_id"]), self._scored.scan("scores", [SIMILARITY]), strict=True)


def _content_ids(shard: tuple[pa.Table, pa.Table]) -> list[str]:
    pairs, scores = shard
    ids: list[str] = pairs["content_id"].filter(scores[SIMILARITY].is_valid()).to_pylist()
    return ids
