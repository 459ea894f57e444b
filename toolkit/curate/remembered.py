"""Rules that remember what they take: a threshold that moves changes which rows are left, and most rules need not look
at the others again. What global rules took is kept beside the decisions, so that whoever explores them need not
compare all rows anew."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from toolkit.curate.rule import Reason, Rule, Scope, Status, Taken
from toolkit.store import RunFolder
from toolkit.versions import installed_versions

FILE = Path("cache") / "judged.parquet"  # can be made again: only quicker
_ASKED = 2  # times that a rule is asked while a run is decided: of all rows, and of those that are left
_IDS_AT_ONCE = 1 << 16
_SCHEMA = pa.schema(
    [
        ("rule", pa.string()),
        ("asked", pa.string()),
        ("rows", pa.list_(pa.int64())),
        ("related", pa.list_(pa.int64())),  # null: not known which rows decide about one another
    ]
)


class Remembered:
    """`rule`, which judges the same rows once: the first two sets of rows that it is asked for, or those in `known`.

    A local rule is always asked for all rows with its scores; see `toolkit.curate.decisions`.
    """

    def __init__(self, rule: Rule, known: dict[str, Taken] | None = None) -> None:
        self.rule = rule
        self.known: dict[str, Taken] = {} if known is None else known

    @property
    def name(self) -> str:
        """The name of the rule."""
        return self.rule.name

    @property
    def columns(self) -> tuple[str, ...]:
        """What the rule reads."""
        return self.rule.columns

    @property
    def scope(self) -> Scope:
        """Whether the rule sees the row itself or all that are left."""
        return self.rule.scope

    @property
    def status(self) -> Status:
        """What becomes of rows that the rule takes."""
        return self.rule.status

    def judge(self, rows: pa.Table) -> Taken:
        """Return what the rule takes of `rows`."""
        asked = "" if self.rule.scope == "local" else _hash_of_ids(rows)
        found = self.known.get(asked)
        if found is None:
            found = self.rule.judge(rows)
            if len(self.known) < _ASKED:
                self.known[asked] = found
        return found


def write_judged(run: RunFolder, rules: Iterable[Remembered]) -> None:
    """Keep in `run` what the global ones of `rules` have taken."""
    lines = [
        {"rule": one.name, "asked": asked, "rows": taken.rows, "related": taken.related}
        for one in rules
        if one.scope == "global"
        for asked, taken in one.known.items()
    ]
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(lines, _SCHEMA), sink, compression="zstd")
    run.write_file(FILE.as_posix(), sink.getvalue().to_pybytes())


def read_judged(run: RunFolder, stage: str) -> dict[str, dict[str, Taken]]:
    """Return what is kept in `run`, by rule; nothing where nothing is, or where another version of Tain has run
    `stage`. Their reasons are in the decisions table, and here not known."""
    file = run.path / FILE
    if not file.is_file() or run.stages[stage]["versions"].get("tain") != installed_versions().get("tain"):
        return {}
    try:
        lines = pq.read_table(file, schema=_SCHEMA)
    except (pa.ArrowException, OSError):  # a copy of a run that was cut short
        return {}
    found: dict[str, dict[str, Taken]] = {}
    for place in range(lines.num_rows):
        rows, related = (lines[name][place].values for name in ("rows", "related"))
        taken = Taken(_numbers(rows), _told_elsewhere, None if related is None else _numbers(related))
        found.setdefault(lines["rule"][place].as_py(), {})[lines["asked"][place].as_py()] = taken
    return found


def _numbers(values: pa.Array) -> np.ndarray:
    return np.array(values.to_numpy(zero_copy_only=False), dtype=np.int64)


def _told_elsewhere(index: int) -> Reason:
    raise LookupError(f"the reason of row {index} is in the decisions table of the run")


def _hash_of_ids(rows: pa.Table) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for chunk in rows["sample_id"].iterchunks():
        for start in range(0, len(chunk), _IDS_AT_ONCE):
            digest.update("\n".join([*chunk.slice(start, _IDS_AT_ONCE).to_pylist(), ""]).encode())
    return digest.hexdigest()
