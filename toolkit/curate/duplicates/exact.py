"""Exact duplicates: pictures whose bytes are the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from toolkit.curate.duplicates.equal_rows import first_of_equal
from toolkit.curate.duplicates.keepers import KeepPolicy, clustered
from toolkit.curate.duplicates.row_codes import SAME_PEOPLE
from toolkit.curate.rule import Scope, Status, Taken


@dataclass(frozen=True)
class ExactDuplicates:
    """Takes all but one of the rows that share a picture's bytes; `policy` says which one stays.

    Rows whose captions name other people (`groups.people_named`) or skin tones are no copies of each other: a vendor
    who draws one picture for several of them has made a choice that an audit wants to see, and the captions would be
    lost with the rows. While many rows are compared, their hashes lie in a nameless file in `folder`.
    """

    policy: KeepPolicy = field(default_factory=KeepPolicy)
    folder: Path | None = None
    name: str = "exact_duplicate"
    status: Status = "dropped"
    scope: Scope = "global"

    @property
    def columns(self) -> tuple[str, ...]:
        """What makes two rows copies, and what `policy` reads."""
        return ("content_id", *SAME_PEOPLE, *self.policy.columns)

    def judge(self, rows: pa.Table) -> Taken:
        """Return the copies that go; the value of a reason names the row that stays."""
        labels = first_of_equal(rows, "content_id", SAME_PEOPLE, self.folder)
        taken = self.policy.taken(self.name, "", "the same picture, byte for byte, as", labels, rows)
        return taken._replace(related=clustered(labels))
