"""Making embeddings again that scores were made from, and that the cache has lost."""

from __future__ import annotations

from toolkit.curate.pairing.embedder import Embedder
from toolkit.curate.pairing.embedding_queue import EmbeddingQueue
from toolkit.curate.pairing.similarity import SIMILARITY
from toolkit.curate.shard import Shard
from toolkit.errors import PictureError


def restore_embeddings(embedder: Embedder, shard: Shard) -> None:
    """Embed the pictures and captions of the rows of `shard` that have a similarity, as far as the cache lacks them.

    A picture that can no longer be read stays without: the rules that need it say so.
    """
    rows = [row for row, value in enumerate(shard.scores.get(SIMILARITY, ())) if value is not None]
    if not rows:
        return
    embedder.embed_captions([shard.captions[row] for row in rows])
    queue = EmbeddingQueue(embedder, [shard.facts[row].content_id for row in rows])
    for row in rows:
        content_id = shard.facts[row].content_id
        if content_id not in queue:
            try:
                queue.add(content_id, shard.read(row))
            except PictureError:
                continue
    queue.take([])
