"""Scoring a source into a run: pairs and scores, shard by shard, from where a kill left off."""

from __future__ import annotations

from toolkit.curate.shards import ScorerOfRows
from toolkit.engine.local import map_batches
from toolkit.progress import Progress
from toolkit.sources.rows import Source
from toolkit.store import RunFolder


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
    batches = source.batches(shard_rows, start=first)
    for index, shard in enumerate(map_batches(scorer, batches, workers=workers), first):
        run.write_shard("pairs", index, shard.pairs)
        run.write_shard("scores", index, shard.scores)
        run.mark(stage, index)
        done += shard.pairs.num_rows
        progress("score", done, 0)
