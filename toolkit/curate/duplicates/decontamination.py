"""Rows that an evaluation set would test: whoever trains on them measures memory (datacomp#70)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa

from toolkit.curate.duplicates.comparison import Comparison
from toolkit.curate.duplicates.other_rows import OtherRun, other_rows
from toolkit.curate.rule import Scope, Status, Taken
from toolkit.sources.picture_bytes import file_name


@dataclass(frozen=True)
class Decontamination:
    """Takes rows that match a row of the evaluation set `source`, whose fingerprints `evaluation` holds.

    Captions keep nothing apart here: a picture of the evaluation set has to go, whomever its caption names.
    """

    source: str
    comparison: Comparison
    evaluation: OtherRun | None
    status: Status = "dropped"
    name: str = "decontamination"
    scope: Scope = "global"

    @property
    def columns(self) -> tuple[str, ...]:
        """What is compared."""
        return self.comparison.columns

    def judge(self, rows: pa.Table) -> Taken:
        """Return the matching rows; a reason's value is the sample_id of the row that is matched, its text says by
        which test, how near they are, and what the picture is called."""
        return self.comparison.taken(rows, self._tested, self.name, self._name_of)

    @cached_property
    def _tested(self) -> pa.Table:
        assert self.evaluation is not None, "rows are judged once the evaluation set is fingerprinted"
        return other_rows(self.evaluation, (*self.columns, "image_path"), self.comparison.fingerprints)

    def _name_of(self, row: int) -> str:
        name = file_name(self._tested["image_path"][row].as_py(), None)
        called = f" ({name})" if name else ""
        return f"row {self._tested['sample_id'][row].as_py()}{called} of the evaluation set {self.source}"
