"""The rule on columns that name what was found: it takes rows where that is of an unwanted kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from toolkit.curate.distinct import distinct
from toolkit.curate.rule import Reason, Scope, Status, Taken

BETWEEN = ", "  # what joins the kinds of one row


@dataclass(frozen=True)
class UnwantedKinds:
    """Takes rows whose `column`, kinds joined by `, `, names one of `unwanted`; `described` says each for people.

    Only kinds are read and told, never the text that was found: reasons travel further than captions.
    """

    name: str
    column: str
    unwanted: tuple[str, ...]
    described: Mapping[str, str]
    status: Status = "dropped"
    scope: Scope = "local"

    @property
    def columns(self) -> tuple[str, ...]:
        """The one column that is read."""
        return (self.column,)

    def judge(self, rows: pa.Table) -> Taken:
        """Return the rows with an unwanted kind."""
        values, place = distinct(rows[self.column])
        named = [self._unwanted_in(found) for found in values]
        taken = np.flatnonzero(np.array([bool(found) for found in named], dtype=bool)[place])
        return Taken(taken, lambda index: self._reason(named[place[taken[index]]]))

    def _unwanted_in(self, found: str) -> list[str]:
        return [kind for kind in found.split(BETWEEN) if kind in self.unwanted]

    def _reason(self, kinds: list[str]) -> Reason:
        text = " and ".join(self.described[kind] for kind in kinds)
        return Reason(self.name, BETWEEN.join(kinds), f"no {BETWEEN.join(self.unwanted)}", f"caption {text}")
