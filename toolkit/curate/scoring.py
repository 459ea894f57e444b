"""Scoring a source into a run: pairs and scores, shard by shard, from where a kill left off."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import pyarrow as pa

from toolkit.curate.shards import ScoredRows, ScorerOfRows
from toolkit.engine.local import map_batches
from toolkit.progress import Progress
from toolkit.sources.rows import Source
from toolkit.store import RunFolder

_SLICE_ROWS = 256  # dealt to a worker at a time: small sources keep all workers busy, and fewer pictures are in memory


def score_source(
    run: RunFolder,
    stage: str,
    source: Source,
    scorer: ScorerOfRows,
    *,
    workers: int,
    shard_rows: int,
    progress: Progress,
) -> None:
    """Write pairs and scores of `source` to `run`, from the first shard on that `stage` has not marked complete."""
    run.discard_unmarked(stage, ["pairs", "scores"])
    first = len(run.marked(stage))
    done = first * shard_rows
    slices = _SLICE_ROWS if shard_rows % _SLICE_ROWS == 0 else shard_rows
    a_shard = shard_rows // slices
    scored = map_batches(scorer, source.batches(slices, start=first * a_shard), workers=workers)
    for index, shard in enumerate(_shards(scored, a_shard), first):
        run.write_shard("pairs", index, shard.pairs)
        run.write_shard("scores", index, shard.scores)
        run.mark(stage, index)
        done += shard.pairs.num_rows
        progress("score", done, 0)


def _shards(scored: Iterator[ScoredRows], size: int) -> Iterator[ScoredRows]:
    """Yield each `size` of the slices in `scored` as one shard."""
    while group := list(islice(scored, size)):
        pairs, scores = (pa.concat_tables(tables).combine_chunks() for tables in zip(*group, strict=True))
        yield ScoredRows(pairs, scores)
