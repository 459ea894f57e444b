"""The small columns of another run, as far as rows are compared with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from toolkit.errors import RunError
from toolkit.store import RunFolder

_FACTS = {"content_id": "content_id", "image_path": "image.path"}  # columns of pairs, and what of a shard is read


class OtherRun(NamedTuple):
    """The run folders that hold the pairs and the scores of another run, and its decisions: only what they kept
    counts. None: all rows count."""

    pairs: RunFolder
    scores: RunFolder
    decisions: RunFolder | None = None


def other_rows(run: OtherRun, columns: Sequence[str]) -> pa.Table:
    """Return sample_id and `columns` (scores, content_id, image_path) of the rows of `run` that count, in their order.

    Tables are read a shard at a time. Raises RunError where they do not fit together, or a column was never scored.
    """
    scored = [name for name in columns if name not in _FACTS]
    missing = set(scored) - set(pq.read_schema(run.scores.shards("scores")[0]).names)
    if missing:
        raise RunError(
            f"{run.scores.path} has no scores {', '.join(sorted(missing))} to compare rows by; curate it again with "
            "`scorers: all`"
        )
    return pa.concat_tables(_parts(run, columns, scored), promote_options="permissive").combine_chunks()


def _parts(run: OtherRun, columns: Sequence[str], scored: list[str]) -> Iterator[pa.Table]:
    facts = [name for name in columns if name in _FACTS]
    decided = repeat(None) if run.decisions is None else run.decisions.scan("decisions", ["sample_id", "keep"])
    stored = run.pairs.scan("pairs", ["sample_id", *(_FACTS[name] for name in facts)])
    for pairs, scores, decisions in zip(stored, run.scores.scan("scores", ["sample_id", *scored]), decided):  # noqa: B905 (one may be endless)
        _check(run, pairs, scores, decisions)
        found = {"sample_id": pairs["sample_id"]} | {
            name: pairs[_FACTS[name].rpartition(".")[2]] if name in facts else scores[name] for name in columns
        }
        part = pa.table(found)
        yield part if decisions is None else part.filter(decisions["keep"])


def _check(run: OtherRun, pairs: pa.Table, *others: pa.Table | None) -> None:
    for other in others:
        if other is not None and other["sample_id"] != pairs["sample_id"]:
            raise RunError(f"{run.scores.path}: the shards of its tables hold different rows; make the run again")
