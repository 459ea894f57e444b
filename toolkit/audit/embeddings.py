"""Embeddings kept: the vectors that annotators read, by picture, so that measures of pictures need not decode again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit import schema
from toolkit.audit.annotators.annotator import Picture
from toolkit.audit.subjects import Keyed, places_among
from toolkit.store import RunFolder

TABLE = "embeddings"
FEATURES = "features"  # those of a network that reads no texts, for distances alone
SHARD_ROWS = 4_096


class EmbeddingWriter:
    """Writes the embeddings of pictures to a run, a shard as soon as there are enough for one."""

    def __init__(self, run: RunFolder, network: str, table: str = TABLE) -> None:
        self.run = run
        self.table = table
        self.network = network
        self.written = 0
        self._waiting: list[Picture] = []
        self._shards = 0

    def add(self, pictures: Sequence[Picture]) -> None:
        """Take the embeddings of `pictures`, which all have one, and none its pixels."""
        self._waiting += pictures
        while len(self._waiting) >= SHARD_ROWS:
            self._write(SHARD_ROWS)

    def finish(self) -> int:
        """Write what is left; return how many embeddings were written in all."""
        if self._waiting:
            self._write(len(self._waiting))
        return self.written

    def _write(self, count: int) -> None:
        rows, self._waiting = self._waiting[:count], self._waiting[count:]
        vectors = [np.asarray(one.embedding, np.float32) for one in rows]
        offsets = np.cumsum([0, *(len(one) for one in vectors)])
        columns = {
            "subject_kind": pa.array([one.kind for one in rows], pa.string()),
            "subject_id": pa.array([one.subject_id for one in rows], pa.string()),
            "network": pa.array([self.network] * count, pa.string()),
            "vector": pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), pa.array(np.concatenate(vectors))),
        }
        shard = pa.table(columns, schema=schema.table_schema(self.table).schema)
        self.run.write_shard(self.table, self._shards, shard)
        self._shards += 1
        self.written += count


class Embeddings(NamedTuple):
    """The unit vectors (n, d), float32, that one `network` (a fingerprint) gave to pictures.

    `row` (subjects,) is the row of each subject, -1 where it has none.
    """

    network: str
    row: NDArray[np.int64]
    vectors: NDArray[np.float32]

    def of(self, places: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the vectors of the subjects at `places` that have one, float64 (n, d), in their order."""
        rows = self.row[places]
        return self.vectors[rows[rows >= 0]].astype(np.float64)

    def has(self, places: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return whether each of the subjects at `places` has a vector."""
        return np.asarray(self.row[places] >= 0)


def read_embeddings(
    run: RunFolder | None, subjects: Sequence[Keyed], table: str = TABLE, *, network: str | None = None
) -> Embeddings | None:
    """Return the embeddings of `subjects` that `run` holds in `table`; None where it holds none of them.

    Of several networks the one called `network` is read, for None the first by fingerprint: vectors of two do not
    compare.
    """
    if run is None or not run.has(table):
        return None
    keys = pa.array([f"{one.kind}/{one.subject_id}" for one in subjects], pa.string())
    network = network or pc.min(run.read(table, columns=["network"])["network"]).as_py()
    row, count = np.full(len(subjects), -1, np.int64), 0
    vectors = np.zeros((0, 0), np.float32)
    for shard in run.scan(table):
        place = places_among(shard, keys)
        ours = np.flatnonzero((place >= 0) & pc.equal(shard["network"], network).to_numpy())
        if len(ours) == 0:
            continue
        found = shard["vector"].take(pa.array(ours)).combine_chunks()
        part = found.flatten().to_numpy().reshape(len(ours), -1)
        if count == 0:  # room for all of them at once: they may be most of the memory
            vectors = np.empty((len(subjects), part.shape[1]), np.float32)
        vectors[count : count + len(ours)] = part
        row[place[ours]] = count + np.arange(len(ours))
        count += len(ours)
    return Embeddings(network, row, vectors[:count]) if count else None
