"""Embedding pictures as they are decoded: in full batches, and while the next ones are decoded."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from toolkit.curate.pairing.embedder import Embedder

BATCH = 64  # pictures that go through the network together: a smaller batch is padded, and costs as much
_IN_FLIGHT = 2  # batches that wait for the network, which bounds memory
Vectors = NDArray[np.float32]


class EmbeddingQueue:
    """The embeddings of some pictures: those that `embedder` knows, and those that are made from pixels given here."""

    def __init__(self, embedder: Embedder, content_ids: Sequence[str]) -> None:
        self._embedder = embedder
        known = embedder.known_pictures(content_ids)
        self._vectors = {one: row for one, row in zip(content_ids, known, strict=True) if not np.isnan(row[0])}
        self._waiting: dict[str, NDArray[np.uint8]] = {}
        self._queued: set[str] = set()
        self._in_flight: deque[tuple[list[str], Future[Vectors]]] = deque()
        self._thread = ThreadPoolExecutor(1, "embedding")

    def __contains__(self, content_id: str) -> bool:
        """Return whether nothing more is needed for `content_id`."""
        return content_id in self._vectors or content_id in self._queued

    def add(self, content_id: str, data: bytes) -> None:
        """Take the picture in `data`, whose content is not in the queue yet. Raises PictureError where it does not
        decode."""
        self._waiting[content_id] = self._embedder.decode(data)
        self._queued.add(content_id)
        if len(self._waiting) == BATCH:
            self._send()

    def take(self, content_ids: Sequence[str]) -> Vectors:
        """Return the unit vectors of contents in the queue, float32 (n, dimension), once all of it is embedded."""
        if self._waiting:
            self._send()
        while self._in_flight:
            self._receive()
        self._thread.shutdown()
        if not content_ids:
            return np.zeros((0, self._embedder.facts.dimension), np.float32)
        return np.stack([self._vectors[one] for one in content_ids])

    def _send(self) -> None:
        while len(self._in_flight) >= _IN_FLIGHT:
            self._receive()
        batch, self._waiting = self._waiting, {}
        network = self._embedder.network
        self._in_flight.append((list(batch), self._thread.submit(network.embed_images, list(batch.values()))))

    def _receive(self) -> None:
        ids, future = self._in_flight.popleft()
        made = future.result()
        self._embedder.keep("pictures", ids, made)
        self._vectors.update(zip(ids, made, strict=True))
