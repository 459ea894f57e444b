"""Copies of what earlier runs kept: a data set grows without holding anything twice."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from toolkit.curate.duplicates.comparison import Comparison
from toolkit.curate.duplicates.fingerprints import Fingerprints
from toolkit.curate.duplicates.other_rows import OtherRun, other_rows
from toolkit.curate.rule import Scope, Status, Taken
from toolkit.errors import RunError
from toolkit.store import open_run


def open_earlier(path: str) -> OtherRun:
    """Return the run at `path`. Raises RunError where it is none, is unfinished, or has fingerprints of another
    version than this one makes."""
    run = open_run(path)
    entry = run.stages.get("curate")
    decisions, pairs, scores = run.find("decisions"), run.find("pairs"), run.find("scores")
    if entry is None or decisions is None or pairs is None or scores is None:
        raise RunError(
            f"duplicates.earlier names {path}, which has no decisions on pairs; name runs that tain curate or "
            "tain decide wrote"
        )
    if not entry["finished"]:
        raise RunError(f"duplicates.earlier names {path}, which is unfinished; finish it with --resume first")
    made, now = entry["counts"].get("scorers", {}).get(Fingerprints().name), Fingerprints().version
    if made not in (None, now):
        raise RunError(
            f"duplicates.earlier names {path}, whose fingerprints are of version {made}, while those of now are of "
            f"version {now}; curate it again with this version of tain"
        )
    return OtherRun(pairs, scores, decisions)


@dataclass(frozen=True)
class EarlierCopies:
    """Takes rows that are copies of rows which `runs`, named by their paths, have kept."""

    runs: tuple[str, ...]
    comparison: Comparison
    name: str = "earlier_copy"
    status: Status = "dropped"
    scope: Scope = "global"

    @property
    def columns(self) -> tuple[str, ...]:
        """What is compared."""
        return self.comparison.columns

    def judge(self, rows: pa.Table) -> Taken:
        """Return the copies; a reason's value is the sample_id of the row that was kept, and its text names the run."""
        return self.comparison.taken(rows, self._kept, self.name, self._name_of)

    @cached_property
    def _kept(self) -> pa.Table:
        """The kept rows of all runs: sample_id, the columns compared, and `run`, an index into `runs`."""
        tables = [other_rows(open_earlier(run), self.columns, self.comparison.fingerprints) for run in self.runs]
        numbers = [pa.array(np.full(one.num_rows, number, np.int32)) for number, one in enumerate(tables)]
        return pa.concat_tables(one.append_column("run", run) for one, run in zip(tables, numbers, strict=True))

    def _name_of(self, row: int) -> str:
        run = self.runs[self._kept["run"][row].as_py()]
        return f"row {self._kept['sample_id'][row].as_py()}, which {run} kept"
