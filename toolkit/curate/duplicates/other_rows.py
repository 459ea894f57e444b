"""The small columns of another run, as far as rows are compared with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from toolkit.curate.duplicates.fingerprint_file import FINGERPRINT, LOOKS, FingerprintFile
from toolkit.errors import RunError
from toolkit.store import RunFolder

_FACTS = {"content_id": "content_id", "image_path": "image.path"}  # columns of pairs, and what of a shard is read


class OtherRun(NamedTuple):
    """The run folders that hold the pairs and the scores of another run, and its decisions: only what they kept
    counts. None: all rows count."""

    pairs: RunFolder
    scores: RunFolder
    decisions: RunFolder | None = None


def other_rows(run: OtherRun, columns: Sequence[str], fingerprints: FingerprintFile | None) -> pa.Table:
    """Return sample_id and `columns` (scores, content_id, image_path) of the rows of `run` that count, in their order.

    Tables are read a shard at a time; where the column `fingerprint` is asked for, what it names is added to
    `fingerprints`. Raises RunError where they do not fit together, or a column was never scored.
    """
    scored = [name for name in columns if name not in _FACTS]
    missing = {*scored, *_looks(scored)} - set(pq.read_schema(run.scores.shards("scores")[0]).names)
    if missing:
        raise RunError(
            f"{run.scores.path} has no scores {', '.join(sorted(missing))} to compare rows by; curate it again with "
            "`scorers: all`"
        )
    parts = _parts(run, columns, scored, fingerprints)
    return pa.concat_tables(parts, promote_options="permissive").combine_chunks()


def _looks(scored: Sequence[str]) -> tuple[str, ...]:
    """Return the scores that are read beside the columns `scored`."""
    return LOOKS if FINGERPRINT in scored else ()


def _parts(
    run: OtherRun, columns: Sequence[str], scored: list[str], fingerprints: FingerprintFile | None
) -> Iterator[pa.Table]:
    facts = [name for name in columns if name in _FACTS]
    decided = repeat(None) if run.decisions is None else run.decisions.scan("decisions", ["sample_id", "keep"])
    stored = run.pairs.scan("pairs", ["sample_id", *(_FACTS[name] for name in facts)])
    looks = _looks(scored)
    read = run.scores.scan("scores", ["sample_id", *scored, *looks])
    for pairs, scores, decisions in zip(stored, read, decided):  # noqa: B905 (one may be endless)
        _check(run, pairs, scores, decisions)
        if looks:
            assert fingerprints is not None, "fingerprints are compared where there is a file for them"
            fingerprints.add(scores)
        found = {"sample_id": pairs["sample_id"]} | {
            name: pairs[_FACTS[name].rpartition(".")[2]] if name in facts else scores[name] for name in columns
        }
        part = pa.table(found)
        yield part if decisions is None else part.filter(decisions["keep"])


def _check(run: OtherRun, pairs: pa.Table, *others: pa.Table | None) -> None:
    for other in others:
        if other is not None and other["sample_id"] != pairs["sample_id"]:
            raise RunError(f"{run.scores.path}: the shards of its tables hold different rows; make the run again")
