"""Scoring a source into a run: pairs and scores, shard by shard, from where a kill left off."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

import pyarrow as pa

from toolkit.curate.shards import ScoredRows, ScorerOfRows
from toolkit.engine.engine import Engine
from toolkit.progress import Progress
from toolkit.sources.rows import BATCH_BYTES, PairRow, RowBatch, Source, carried_bytes
from toolkit.store import RunFolder

_SLICE_ROWS = 256  # dealt to a worker at a time: small sources keep all workers busy
_MOST_AHEAD, _MOST_HELD = 16, 64 << 20  # shards that wait to be written, and their bytes
_SLICES = 32  # of what is behind, beyond which a slice more is dealt at a time: each costs the same, however many rows


class ScoredShard(NamedTuple):
    """Rows that were scored, the number of the shard that they are to be, and how many rows are `behind`."""

    number: int
    behind: int
    rows: ScoredRows


def score_source(
    run: RunFolder, stage: str, source: Source, scorer: ScorerOfRows, *, engine: Engine, shard_rows: int
) -> Iterator[ScoredShard]:
    """Yield the pairs and scores of `source` from the first shard on that `stage` of `run` has not marked complete.

    Nothing is written; what a killed run left unmarked is removed.
    """
    run.discard_unmarked(stage, ["pairs", "scores"])
    first = len(run.marked(stage))
    size = _SLICE_ROWS if shard_rows % _SLICE_ROWS == 0 else shard_rows
    a_shard = shard_rows // size
    slices = source.batches(size, start=first * a_shard)
    scored = engine.map_batches(scorer, _dealt(slices, size, a_shard, first * a_shard), scorer.needs)
    for number, rows in enumerate(_shards(scored, shard_rows), first):
        yield ScoredShard(number, number * shard_rows, rows)


def ahead(shards: Iterator[ScoredShard], done: Callable[[], bool]) -> Iterator[ScoredShard]:
    """Return `shards`, of which one and more are made now, while something else is not `done`: as many as may wait."""
    made: list[ScoredShard] = []
    held = 0
    for one in shards:
        made.append(one)
        held += one.rows.pairs.nbytes
        if done() or len(made) == _MOST_AHEAD or held > _MOST_HELD:
            break
    return chain(made, shards)


def write_shards(run: RunFolder, stage: str, shards: Iterator[ScoredShard], progress: Progress) -> None:
    """Write `shards` to `run`, each complete before its mark."""
    for number, behind, rows in shards:
        run.write_shard("pairs", number, rows.pairs)
        run.write_shard("scores", number, rows.scores)
        run.mark(stage, number)
        progress("score", behind + rows.pairs.num_rows, 0)


@dataclass(frozen=True)
class _Slices:
    """Slices of a source that go to a worker together."""

    parts: list[RowBatch]

    def __len__(self) -> int:
        return sum(map(len, self.parts))

    def __iter__(self) -> Iterator[PairRow]:
        return chain.from_iterable(self.parts)


def _dealt(batches: Iterator[RowBatch], size: int, a_shard: int, behind: int) -> Iterator[RowBatch]:
    """Yield `batches` together: so many rows as are some slices of `size`, the more of them the more slices are
    `behind`, but never of two shards of `a_shard` slices; fewer where they carry more than `BATCH_BYTES`."""
    while True:
        together = min(1 << (behind // _SLICES).bit_length(), a_shard)
        while a_shard % together or behind % together:
            together -= 1
        dealt = 0
        for some in _within_bytes(_rows(batches, together * size)):
            yield some
            dealt += len(some)
        if dealt < together * size:
            return
        behind += together


def _rows(batches: Iterator[RowBatch], wanted: int) -> Iterator[RowBatch]:
    """Yield those of `batches` that make up the `wanted` next rows."""
    while wanted > 0 and (one := next(batches, None)) is not None:
        yield one
        wanted -= len(one)


def _within_bytes(batches: Iterator[RowBatch]) -> Iterator[_Slices]:
    """Yield as many of `batches` together as carry `BATCH_BYTES`."""
    parts: list[RowBatch] = []
    held = 0
    for one in batches:
        weight = carried_bytes(one)
        if parts and held + weight > BATCH_BYTES:
            yield _Slices(parts)
            parts, held = [], 0
        parts.append(one)
        held += weight
    if parts:
        yield _Slices(parts)


def _shards(scored: Iterator[ScoredRows], rows: int) -> Iterator[ScoredRows]:
    """Yield what was scored in shards of `rows`."""
    held: list[ScoredRows] = []
    for one in scored:
        held.append(one)
        if sum(part.pairs.num_rows for part in held) == rows:
            yield _joined(held)
            held = []
    if held:
        yield _joined(held)


def _joined(parts: list[ScoredRows]) -> ScoredRows:
    return ScoredRows(*(pa.concat_tables(tables).combine_chunks() for tables in zip(*parts, strict=True)))
