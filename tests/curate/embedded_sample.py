"""A few hundred pairs of the bundled sample as zoo:clip sees them."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from toolkit.curate.pairing.embedder import Embedder, caption_id
from toolkit.curate.pairing.embedding_queue import EmbeddingQueue
from toolkit.seeds import content_hash
from toolkit.sources import open_source

_STEP = 18  # the sample has a few thousand rows, a vendor after the other


class EmbeddedSample(NamedTuple):
    """`table` as rules read it; `pictures` and `captions` are unit vectors, float32 (n, dimension); `sources` (n,)."""

    embedder: Embedder
    table: pa.Table
    pictures: np.ndarray
    captions: np.ndarray
    sources: np.ndarray


def embedded_sample(cache: Path, rows: int = 300) -> EmbeddedSample:
    """Return `rows` rows from all over the sample, embedded; embeddings are kept in `cache`."""
    embedder = Embedder("zoo:clip", cache)
    chosen = list(islice(open_source("zoo:sample").rows(), 0, rows * _STEP, _STEP))
    ids = [content_hash(row.data or b"") for row in chosen]
    captions = [row.caption or "" for row in chosen]
    queue = EmbeddingQueue(embedder, ids)
    for one, row in zip(ids, chosen, strict=True):
        if one not in queue:
            queue.add(one, row.data or b"")
    pictures, texts = queue.take(ids), embedder.embed_captions(captions)
    table = pa.table(
        {
            "sample_id": [row.sample_id for row in chosen],
            "content_id": ids,
            "caption": captions,
            "caption_id": [caption_id(one) for one in captions],
            "pairing_similarity": (pictures * texts).sum(axis=1, dtype=np.float64).round(4),
        }
    )
    return EmbeddedSample(embedder, table, pictures, texts, np.array([row.source for row in chosen]))
