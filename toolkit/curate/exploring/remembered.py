"""A rule that remembers what it takes of all rows: a threshold that moves changes which of them are left, and most
rules need not look at the others again."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from toolkit.curate.duplicates.perceptual import PerceptualDuplicates
from toolkit.curate.rule import Rule, Scope, Status, Taken


class Remembered:
    """`rule`, which judges all rows with its scores once; see `toolkit.curate.decisions`, where each rule is asked of
    them before it is asked of those that are left.

    Copies by looks that embeddings confirm are among those by looks alone: the rows that decide about one another are
    found without embeddings, so that a few rows are compared again and not all.
    """

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._taken: Taken | None = None
        self._rows = -1

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
        """Return what the rule takes of `rows`; what it was asked first are all of them."""
        if self._taken is None:
            self._taken, self._rows = self._first(rows), rows.num_rows
        return self._taken if rows.num_rows == self._rows else self.rule.judge(rows)

    def _first(self, rows: pa.Table) -> Taken:
        taken = self.rule.judge(rows)
        if taken.related is None and isinstance(self.rule, PerceptualDuplicates):
            return taken._replace(related=replace(self.rule, embeddings=None).judge(rows).related)
        return taken
