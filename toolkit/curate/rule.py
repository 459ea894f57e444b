"""The contract of a rule, and the local rule that most are: a threshold on one score."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Scope = Literal["local", "global"]
Status = Literal["dropped", "quarantined"]


class Reason(NamedTuple):
    """Why a rule takes a row: what was found, what is asked for, and a sentence for people."""

    rule: str
    value: str
    limit: str
    text: str


class Taken(NamedTuple):
    """The rows that a rule takes: their positions, ascending, int64; `explain` makes the reason of the i-th of them
    when somebody asks, so that a million rows cost no more than their numbers.

    `related` are the rows that decide about one another: of any part of the rows at hand, the rule would take those
    that it takes of the related ones in that part. None where that is not so."""

    rows: NDArray[np.int64]
    explain: Callable[[int], Reason]
    related: NDArray[np.int64] | None = None

    @classmethod
    def nothing(cls) -> Taken:
        """Return that no row was taken."""
        return cls(np.zeros(0, np.int64), _no_reason)


def _no_reason(index: int) -> Reason:
    raise IndexError(f"no row was taken, so there is no reason {index}")


class Rule(Protocol):
    """Reads score columns, says which rows it takes, why, and what becomes of them.

    A `local` rule looks at each row alone; a `global` one at all rows that earlier rules left, on its small
    `columns`. No rule knows where it runs.
    """

    @property
    def name(self) -> str: ...
    @property
    def columns(self) -> tuple[str, ...]: ...
    @property
    def scope(self) -> Scope: ...
    @property
    def status(self) -> Status: ...

    def judge(self, rows: pa.Table) -> Taken:
        """Return which of `rows` the rule takes. `rows` holds sample_id and `columns`, with no nulls."""
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
    status: Status = "dropped"
    scope: Scope = "local"

    @property
    def columns(self) -> tuple[str, ...]:
        """The one column that is read."""
        return (self.column,)

    def judge(self, rows: pa.Table) -> Taken:
        """Return the rows outside the limits; a NaN is outside."""
        values = rows[self.column].to_numpy()
        low = -np.inf if self.minimum is None else self.minimum
        high = np.inf if self.maximum is None else self.maximum
        outside = np.flatnonzero(~((values >= low) & (values <= high)))
        found = values[outside]
        return Taken(outside, lambda index: self._reason(found[index].item(), low))

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
