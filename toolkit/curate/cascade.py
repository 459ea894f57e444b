"""Scoring one shard: captions and facts, headers, one decode for all who need pixels, embeddings last."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from toolkit.curate.plan import Plan
from toolkit.curate.scorer import LEVELS, Batch, Need, Scorer, cost
from toolkit.curate.shard import FAILED, Rows, Shard
from toolkit.errors import PictureError
from toolkit.images import decode

if TYPE_CHECKING:
    from toolkit.curate.pairing.embedding_queue import EmbeddingQueue

LONGEST_SIDE = 256  # px: enough for hashes, entropy and every image tower here; a JPEG decodes several times faster
_PICTURES = 128  # decoded at a time, which bounds memory
_PIXELS, _EMBEDDING = LEVELS.index("pixels"), LEVELS.index("embedding")
Pictures = dict[int, NDArray[np.uint8]]


class Cascade:
    """Runs the scorers of a plan over shards; what an earlier local rule has dropped is not scored further."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._levels = [[one for one in plan.scorers if cost(one) == level] for level in range(len(LEVELS))]
        for scorer in plan.scorers:
            scorer.setup()

    def run(self, shard: Shard) -> None:
        """Fill `scores` and `unscored` of `shard`, leaving known scores as they are."""
        shard.prepare(self.plan.scorers)
        captions, header, pixels, embedding = self._levels
        rows = np.arange(len(shard))
        self._score_level(shard, captions, rows, {})
        rows = passed(shard, self.plan, rows, 0)
        rows = rows[shard.readable[rows]]
        self._score_level(shard, header, rows, {})
        rows = passed(shard, self.plan, rows, 1)
        queue = self._queue(shard, shard.missing(rows, *embedding))
        wanted = shard.missing(rows, *pixels, *embedding)
        chunks = (wanted[start : start + _PICTURES] for start in range(0, len(wanted), _PICTURES))
        queued = [self._score_pictures(shard, chunk, queue) for chunk in chunks]
        self._score_embeddings(shard, np.concatenate([np.zeros(0, np.int64), *queued]), queue)
        shard.settle(self.plan.scorers)

    def _queue(self, shard: Shard, rows: Rows) -> EmbeddingQueue | None:
        """Return the embeddings that are known of `rows`, to which others are added; None where nobody asks."""
        if self.plan.embedder is None or not len(rows):
            return None
        from toolkit.curate.pairing.embedding_queue import EmbeddingQueue  # with it come threads and a data base

        return EmbeddingQueue(self.plan.embedder, [shard.facts[row].content_id for row in rows.tolist()])

    def _score_pictures(self, shard: Shard, rows: Rows, queue: EmbeddingQueue | None) -> Rows:
        """Score the pixels of `rows`, and queue the pictures to embed; return the rows whose embedding is coming.

        What lacks nothing but an embedding that is known is not decoded.
        """
        _, _, pixels, embedding = self._levels
        needs_embedding = shard.missing(rows, *embedding)
        unknown = [row for row in needs_embedding.tolist() if queue and shard.facts[row].content_id not in queue]
        wanted = np.array(sorted({*shard.missing(rows, *pixels).tolist(), *unknown}), np.int64)
        pictures = self._decode(shard, wanted)
        decoded = np.array(list(pictures), np.int64)
        self._score_level(shard, pixels, decoded, pictures)
        failed = set(wanted.tolist()) - pictures.keys()
        sound = np.array([row for row in needs_embedding.tolist() if row not in failed], np.int64)
        left = passed(shard, self.plan, sound, _PIXELS)
        for row in left.tolist():
            if queue and (content_id := shard.facts[row].content_id) not in queue:
                queue.add(content_id, pictures[row])
        return left

    def _score_embeddings(self, shard: Shard, rows: Rows, queue: EmbeddingQueue | None) -> None:
        embedding = self._levels[_EMBEDDING]
        if not any("pixels" in scorer.needs for scorer in embedding):
            self._score_level(shard, embedding, rows, {}, queue)
            return
        for start in range(0, len(rows), _PICTURES):
            some = rows[start : start + _PICTURES]
            self._score_level(shard, embedding, some, self._decode(shard, some), queue)

    def _decode(self, shard: Shard, rows: Rows) -> Pictures:
        pictures: Pictures = {}
        for row in rows.tolist():
            try:
                pictures[row] = decode(shard.read(row), longest_side=LONGEST_SIDE)
            except PictureError as error:
                for scorer in (*self._levels[_PIXELS], *self._levels[_EMBEDDING]):
                    shard.give_up(scorer, row, f"{FAILED}{error}")
        return pictures

    def _score_level(
        self,
        shard: Shard,
        scorers: Sequence[Scorer],
        rows: Rows,
        pictures: Pictures,
        queue: EmbeddingQueue | None = None,
    ) -> None:
        """Let each of `scorers` score those of `rows` that still lack its columns: all of one batch, if they can."""
        needs = frozenset[Need]().union(*(scorer.needs for scorer in scorers))
        batches: dict[bytes, Batch] = {}
        for scorer in scorers:
            todo = shard.missing(rows, scorer)
            if len(todo):
                if (key := todo.tobytes()) not in batches:
                    batches[key] = self._batch(shard, needs, todo, pictures, queue)
                self._score(
                    shard, scorer, todo, batches[key], lambda one: self._batch(shard, needs, one, pictures, queue)
                )

    def _score(self, shard: Shard, scorer: Scorer, rows: Rows, batch: Batch, batch_of: Callable[[Rows], Batch]) -> None:
        try:
            found = scorer.score(batch)
        except Exception as error:  # a scorer of other people may raise anything: find the row that it cannot bear
            if len(rows) == 1:
                shard.give_up(scorer, int(rows[0]), f"{FAILED}{type(error).__name__}: {error}")
                return
            for one in rows.reshape(-1, 1):
                self._score(shard, scorer, one, batch_of(one), batch_of)
            return
        shard.fill(scorer, rows, found)

    def _batch(
        self, shard: Shard, needs: frozenset[Need], rows: Rows, pictures: Pictures, queue: EmbeddingQueue | None
    ) -> Batch:
        at = rows.tolist()
        everyone = len(at) == len(shard)
        captions = shard.captions if everyone else [shard.captions[row] for row in at]
        return Batch(
            captions=captions if "caption" in needs else (),
            facts=[shard.facts[row] for row in at] if "facts" in needs else (),
            headers=[one for row in at if (one := shard.headers[row]) is not None] if "header" in needs else (),
            files=[shard.read(row) for row in at] if "bytes" in needs else (),
            pixels=[pictures[row] for row in at] if "pixels" in needs else (),
            embeddings=np.zeros((0, 0), np.float32)
            if queue is None or "embedding" not in needs
            else queue.take([shard.facts[row].content_id for row in at]),
        )


def passed(shard: Shard, plan: Plan, rows: Rows, level: int) -> Rows:
    """Return those of `rows` that no local rule on scores of `level` takes; a row that lacks the score passes, and
    all do where everything is to be scored."""
    if plan.score_all:
        return rows
    left = np.zeros(len(shard), dtype=bool)
    left[rows] = True
    for rule in plan.local_rules_at(level):
        if all(column in shard.scores for column in rule.columns):
            judged = shard.having(np.flatnonzero(left), rule.columns)
            if len(judged):
                left[judged[rule.judge(shard.table(judged, rule.columns)).rows]] = False
    return np.flatnonzero(left)


def needed(shard: Shard, plan: Plan) -> Rows:
    """Return the rows that `Cascade.run` would score something for: the same walk, with no scoring."""
    shard.prepare(plan.scorers)
    wanted = np.zeros(len(shard), dtype=bool)
    for rows in _walk(shard, plan):
        wanted[rows] = True
    return np.flatnonzero(wanted)


def _walk(shard: Shard, plan: Plan) -> Iterator[Rows]:
    rows = np.arange(len(shard))
    for level in range(len(LEVELS)):
        if level == 1:
            rows = rows[shard.readable[rows]]
        yield shard.missing(rows, *(one for one in plan.scorers if cost(one) == level))
        rows = passed(shard, plan, rows, level)
