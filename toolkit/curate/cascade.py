"""Scoring one shard: captions and facts, headers, one small decode for all who need no detail, embeddings last."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from toolkit.curate.pictures.thumbnail import thumbnail
from toolkit.curate.plan import Plan
from toolkit.curate.scorer import LEVELS, Batch, Need, Scorer, cost
from toolkit.curate.shard import FAILED, Rows, Shard
from toolkit.errors import PictureError
from toolkit.images import decode

if TYPE_CHECKING:
    from toolkit.curate.pairing.embedding_queue import EmbeddingQueue

_PICTURES = 128  # decoded at a time, which bounds memory
_FILES = 64 << 20  # bytes of pictures that are in hand for scorers of files
_PIXELS, _EMBEDDING = LEVELS.index("pixels"), LEVELS.index("embedding")
Pictures = dict[int, NDArray[np.uint8]]
Decoded = Mapping[Need, Pictures]
DecodeForm = Callable[[bytes], NDArray[np.uint8]]
# The forms in which pixels are needed. Each is decoded by itself, so that no score depends on what others need.
_FORMS: Mapping[Need, DecodeForm] = {"thumbnail": thumbnail, "pixels": partial(decode, longest_side=256)}


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
        self._score_level(shard, captions, rows)
        rows = passed(shard, self.plan, rows, 0)
        rows = rows[shard.readable[rows]]
        self._score_level(shard, header, rows)
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
        lacking = shard.missing(rows, *pixels)
        self._score_level(shard, pixels, lacking, self._decoded(shard, lacking, pixels))
        left = passed(shard, self.plan, shard.missing(rows, *embedding), _PIXELS)
        if queue is not None:
            for row in left.tolist():
                self._queue_picture(shard, row, queue)
        return shard.missing(left, *embedding)

    def _queue_picture(self, shard: Shard, row: int, queue: EmbeddingQueue) -> None:
        if (content_id := shard.facts[row].content_id) not in queue:
            try:
                queue.add(content_id, shard.read(row))
            except PictureError as error:
                self._give_up(shard, row, error)

    def _score_embeddings(self, shard: Shard, rows: Rows, queue: EmbeddingQueue | None) -> None:
        embedding = self._levels[_EMBEDDING]
        at_once = _PICTURES if any(scorer.needs & _FORMS.keys() for scorer in embedding) else len(rows)
        for start in range(0, len(rows), max(1, at_once)):
            some = rows[start : start + at_once]
            self._score_level(shard, embedding, some, self._decoded(shard, some, embedding), queue)

    def _decoded(self, shard: Shard, rows: Rows, scorers: Sequence[Scorer]) -> Decoded:
        """Return the pictures of `rows` that `scorers` lack, in each form that they need."""
        wanted = {form: [one for one in scorers if form in one.needs] for form in _FORMS}
        return {
            form: self._decode(shard, shard.missing(rows, *wanted[form]), decode_form)
            for form, decode_form in _FORMS.items()
        }

    def _decode(self, shard: Shard, rows: Rows, decode_form: DecodeForm) -> Pictures:
        pictures: Pictures = {}
        for row in rows.tolist():
            try:
                pictures[row] = decode_form(shard.read(row))
            except PictureError as error:
                self._give_up(shard, row, error)
        return pictures

    def _give_up(self, shard: Shard, row: int, error: PictureError) -> None:
        for scorer in (*self._levels[_PIXELS], *self._levels[_EMBEDDING]):
            shard.give_up(scorer, row, f"{FAILED}{error}")

    def _score_level(
        self,
        shard: Shard,
        scorers: Sequence[Scorer],
        rows: Rows,
        decoded: Decoded = MappingProxyType({}),
        queue: EmbeddingQueue | None = None,
    ) -> None:
        """Let each of `scorers` score those of `rows` that still lack its columns: all of one batch, if they can."""
        together: dict[bytes, list[Scorer]] = {}
        for scorer in scorers:
            together.setdefault(shard.missing(rows, scorer).tobytes(), []).append(scorer)
        for key, some in together.items():
            todo = np.frombuffer(key, np.int64)
            if len(todo):
                needs = frozenset[Need]().union(*(scorer.needs for scorer in some))
                batch_of = partial(self._batch, shard, needs, decoded, queue)
                for rows_of_files, files in _files(shard, todo) if "bytes" in needs else ((todo, None),):
                    batch = batch_of(rows_of_files, files)
                    for scorer in some:
                        self._score(shard, scorer, rows_of_files, batch, batch_of)

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
        self,
        shard: Shard,
        needs: frozenset[Need],
        decoded: Decoded,
        queue: EmbeddingQueue | None,
        rows: Rows,
        files: list[bytes] | None = None,
    ) -> Batch:
        at = rows.tolist()
        everyone = len(at) == len(shard)
        captions = shard.captions if everyone else [shard.captions[row] for row in at]
        return Batch(
            captions=captions if "caption" in needs else (),
            facts=[shard.facts[row] for row in at] if "facts" in needs else (),
            headers=[one for row in at if (one := shard.headers[row]) is not None] if "header" in needs else (),
            files=([shard.read(row) for row in at] if files is None else files) if "bytes" in needs else (),
            thumbnails=[decoded["thumbnail"][row] for row in at] if "thumbnail" in needs else (),
            pixels=[decoded["pixels"][row] for row in at] if "pixels" in needs else (),
            embeddings=np.zeros((0, 0), np.float32)
            if queue is None or "embedding" not in needs
            else queue.take([shard.facts[row].content_id for row in at]),
        )


def _files(shard: Shard, rows: Rows) -> Iterator[tuple[Rows, list[bytes]]]:
    """Yield some of `rows` with the bytes of their pictures at a time: `_FILES` bytes, or one picture."""
    start, held, files = 0, 0, list[bytes]()
    for place, row in enumerate(rows.tolist()):
        data = shard.read(row)
        if files and held + len(data) > _FILES:
            yield rows[start:place], files
            start, held, files = place, 0, []
        files.append(data)
        held += len(data)
    yield rows[start:], files


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
