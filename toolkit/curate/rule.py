"""The contract of a rule, and the local rule that most are: a threshold on one score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

import numpy as np
import pyarrow as pa

Scope = Literal["local", "global"]


class Reason(NamedTuple):
    """Why a rule takes a row: what was found, what is asked for, and a sentence for people."""

    rule: str
    value: str
    limit: str
    text: str


class Rule(Protocol):
    """Reads score columns, says which rows it takes and why.

    A `local` rule looks at each row alone; a `global` one at all rows that earlier rules left, on its small
    `columns`. No rule knows where it runs.
    """

    @property
    def name(self) -> str: ...
    @property
    def columns(self) -> tuple[str, ...]: ...
    @property
    def scope(self) -> Scope: ...

    def judge(self, rows: pa.Table) -> Mapping[int, Reason]:
        """Return the reason of each row (by its position in `rows`) that the rule takes.

        `rows` holds sample_id and `columns`, with no nulls.
        """
        ...


@dataclass(frozen=True)
class Threshold:
    """Takes rows whose `column` is below `minimum` or above `maximum` (None: no limit on that side).

    `text` says what was found and holds `{value}`, for example `caption has {value} characters`.
    """

    name: str
    column: str
    text: str
    minimum: float | None = None
    maximum: float | None = None
    scope: Scope = "local"

    @property
    def columns(self) -> tuple[str, ...]:
        """The one column that is read."""
        return (self.column,)

    def judge(self, rows: pa.Table) -> Mapping[int, Reason]:
        """Return the reasons of the rows outside the limits; a NaN is outside."""
        values = rows[self.column].to_numpy()
        low = -np.inf if self.minimum is None else self.minimum
        high = np.inf if self.maximum is None else self.maximum
        outside = np.flatnonzero(~((values >= low) & (values <= high)))
        return {int(row): self._reason(values[row].item(), low) for row in outside}

    def _reason(self, value: float, low: float) -> Reason:
        found = show(value)
        below = self.minimum is not None and not value >= low
        limit = show(self.minimum if below else self.maximum)
        bound = "at least" if below else "at most"
        asked = f"{bound} {limit} {'is' if limit == '1' else 'are'} asked for"
        return Reason(self.name, found, limit, f"{self.text.format(value=found)}; {asked}")


def show(number: float | None) -> str:
    """Return `number` as people write it: 5, 0.25; at most 4 decimals, as scores have."""
    return "" if number is None else f"{round(float(number), 4):g}" if abs(number) < 1e6 else f"{number:.0f}"
