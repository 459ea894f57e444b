"""Embeddings that a run made, kept by content_id and model fingerprint: RUN/cache/embeddings/FINGERPRINT/."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from toolkit.store import RunFolder, shard_name

_FOLDER = "cache/embeddings"


def write_embeddings(
    run: RunFolder, fingerprint: str, index: int, embeddings: Mapping[str, NDArray[np.float32]]
) -> None:
    """Keep the embeddings of shard `index`, in the order of content_id; nothing is written where there are none."""
    if not embeddings:
        return
    content_ids = sorted(embeddings)
    vectors = np.stack([embeddings[one] for one in content_ids])
    columns = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), vectors.shape[1])
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"content_id": content_ids, "embedding": columns}), sink, compression="zstd")
    run.write_file(f"{_FOLDER}/{fingerprint}/{shard_name(index)}.parquet", sink.getvalue().to_pybytes())


def read_embeddings(run: RunFolder) -> dict[str, NDArray[np.float32]]:
    """Return all embeddings of `run` by content_id; empty where it made none. A run has one pairing model."""
    found: dict[str, NDArray[np.float32]] = {}
    for path in sorted((run.path / _FOLDER).glob("*/part-*.parquet")):
        table = pq.read_table(path, partitioning=None).combine_chunks()
        if table.num_rows:
            vectors = table["embedding"].chunk(0)
            rows = vectors.flatten().to_numpy().reshape(table.num_rows, -1)
            found.update(zip(table["content_id"].to_pylist(), rows, strict=True))
    return found


class EmbeddingLookup:
    """Looks embeddings up by content_id, read from `run` on first use; NaN, equal to nothing, where there is none."""

    def __init__(self, run: RunFolder) -> None:
        self._run = run
        self._found: dict[str, NDArray[np.float32]] | None = None

    def __call__(self, content_ids: Sequence[str]) -> NDArray[np.float32]:
        """Return the embeddings, float32 (n, dimension)."""
        if self._found is None:
            self._found = read_embeddings(self._run)
        dimension = len(next(iter(self._found.values()))) if self._found else 1
        missing = np.full(dimension, np.nan, np.float32)
        return np.stack([self._found.get(one, missing) for one in content_ids])
