"""From rows of a source to shards of the pairs and scores tables, and back to something that can be scored again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from toolkit import schema
from toolkit.curate.cascade import Cascade
from toolkit.curate.facts import FactsOfRows
from toolkit.curate.plan import Plan, plan_of
from toolkit.curate.recipe import CurateRecipe
from toolkit.curate.resources import Resources
from toolkit.curate.scorer import Facts
from toolkit.curate.shard import Shard, known_scores, unscored_of
from toolkit.engine.engine import PerWorker
from toolkit.images import Header, read_header
from toolkit.sources.pairs import read_rows
from toolkit.sources.picture_bytes import read_picture
from toolkit.sources.rows import RowBatch

FACTS = ("sample_id", "content_id", "width", "height", "source", "error")  # columns of pairs that rules may read
_IN_HAND = 128 << 20  # bytes of pictures that a shard keeps; the others are read a second time


class ScoredRows(NamedTuple):
    """The tables of some rows."""

    pairs: pa.Table
    scores: pa.Table

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel as Arrow's own messages: pickle would make an object of every buffer of every column."""
        return _received, tuple(map(_message, self))


def _message(table: pa.Table) -> pa.Buffer:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def _received(pairs: pa.Buffer, scores: pa.Buffer) -> ScoredRows:
    return ScoredRows(*(pa.ipc.open_stream(message).read_all() for message in (pairs, scores)))


@dataclass(frozen=True)
class ScorerOfRows:
    """Makes, in each worker, the function that scores a batch of rows by `plan` of `recipe`. It travels to the workers,
    so it is small."""

    recipe: CurateRecipe
    cache: Path
    plan: Callable[[CurateRecipe, Resources], Plan] = plan_of

    def __call__(self) -> _RowScorer:
        """Return the function, its scorers loaded."""
        return _RowScorer(Cascade(self.plan(self.recipe, Resources(cache=self.cache))))

    @property
    def needs(self) -> PerWorker:
        """What each worker takes."""
        pairing = self.recipe.pairing
        return self.recipe.per_worker("cpu" if pairing.model is None else pairing.device)


@dataclass(frozen=True)
class _RowScorer:
    cascade: Cascade

    def __call__(self, rows: RowBatch) -> ScoredRows:
        plan = self.cascade.plan
        read = read_rows(rows, in_hand=_IN_HAND if plan.reads_pictures else 0)
        facts = FactsOfRows(read.urls, read.image_paths, read.sources, read.licenses, read.metas, read.content_ids)
        shard = _shard(read.captions, facts, read.headers, read.errors, read.picture, plan)
        self.cascade.run(shard)
        pairs = read.table()
        return ScoredRows(pairs, scores_table(pairs["sample_id"].combine_chunks(), shard, plan))


def known_shard(pairs: pa.Table, scores: pa.Table, base: Path, plan: Plan, forget: Sequence[str] = ()) -> Shard:
    """Return a stored shard with its scores, but those of the scorers called `forget`, ready to be scored further."""
    images = pairs["image"]

    def read(row: int) -> bytes:
        return read_picture(images[row].as_py(), base)

    url, source, license_, meta, content_id = (
        pairs[name].to_pylist() for name in ("url", "source", "license", "meta", "content_id")
    )
    facts = FactsOfRows(url, [image["path"] for image in images.to_pylist()], source, license_, meta, content_id)
    headers = _StoredHeaders(pairs, read)
    shard = _shard(pairs["caption"].to_pylist(), facts, headers, pairs["error"].to_pylist(), read, plan)
    shard.scores = dict(known_scores(scores, forget))
    shard.unscored = unscored_of(scores["unscored"].to_pylist(), forget)
    return shard


class _StoredHeaders(Sequence[Header | None]):
    """The headers of stored pairs, read again from the pictures by whoever asks: the table holds only a part."""

    def __init__(self, pairs: pa.Table, read: Callable[[int], bytes]) -> None:
        self._errors = pairs["error"].to_pylist()
        self._read = read

    def __len__(self) -> int:
        return len(self._errors)

    def __getitem__(self, row: Any) -> Any:
        return None if self._errors[row] is not None else read_header(self._read(row))


def _shard(
    captions: Sequence[str | None],
    facts: Sequence[Facts],
    headers: Sequence[Header | None],
    found: Sequence[str | None],
    read: Callable[[int], bytes],
    plan: Plan,
) -> Shard:
    errors = [plan.failure(error) for error in found]
    waiting = frozenset(row for row, error in enumerate(found) if error is not None and errors[row] is None)
    return Shard([caption or "" for caption in captions], facts, headers, errors, read, waiting)


def scores_table(sample_ids: pa.Array, shard: Shard, plan: Plan) -> pa.Table:
    """Return the scores of `shard`, whose rows are called `sample_ids`, as a validated table."""
    columns = schema.table_schema("scores").schema
    arrays, fields = [sample_ids, shard.unscored_array()], list(columns)
    for scorer in plan.scorers:
        for name, kind in scorer.columns.items():
            arrays.append(shard.array(name))
            fields.append(pa.field(name, kind))
    return schema.validate("scores", pa.Table.from_arrays(arrays, schema=pa.schema(fields)))
