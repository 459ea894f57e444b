"""A run decided again in memory with one threshold moved: what `tain decide` would write, and nothing is written."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from threading import Lock
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit.curate.decisions import Decided, decide_rows
from toolkit.curate.exploring.limits import Limit, with_limit
from toolkit.curate.exploring.unscored import rows_to_score
from toolkit.curate.groups.attributes import Attributes, read_attributes
from toolkit.curate.plan import Plan, plan_of
from toolkit.curate.recipe import CurateRecipe
from toolkit.curate.resources import Resources
from toolkit.engine.local import Gathered
from toolkit.store import RunFolder

Marks = NDArray[np.bool_]


class Moved(NamedTuple):
    """What `recipe` decides: the steps and who took each row, and which rows have to be scored first, bool (rows,);
    until they are, these count as kept where no rule takes them by the scores they have."""

    recipe: CurateRecipe
    decided: Decided
    to_score: Marks

    @property
    def kept(self) -> Marks:
        """Which rows stay, bool (rows,)."""
        found: Marks = self.decided.deciding < 0
        return found

    def taken_by(self, rule: str) -> NDArray[np.int64]:
        """Return the rows that `rule` is the first to take, ascending, int64; none where it decides about none."""
        places = [place for place, step in enumerate(self.decided.steps) if step.rule == rule]
        return np.flatnonzero(np.isin(self.decided.deciding, places))


@dataclass(frozen=True)
class Explorer:
    """The scores of a run, gathered, with what its rules take of them; `toolkit.curate.exploring.opening` makes it.

    `sample_ids` name the rows, in the order of the tables; `own` is what the run's own recipe decides; `stored` the
    status that the run has written for each row. Threads may share it: they wait for one another.
    """

    scored: RunFolder
    recipe: CurateRecipe
    limits: tuple[Limit, ...]
    columns: Gathered
    sample_ids: pa.Array
    stored: pa.Array
    _plan: Plan
    _resources: Resources
    _skipped: Marks
    _readable: Marks
    _lock: Lock = field(default_factory=Lock)

    @cached_property
    def own(self) -> Moved:
        """What the recipe of the run decides about its scores."""
        return self._decide(self.recipe, self._plan)

    @cached_property
    def attributes(self) -> Attributes:
        """The groups that each row belongs to."""
        return read_attributes(self.scored, self.recipe.groups)

    @cached_property
    def differing(self) -> int:
        """How many rows the run has decided otherwise than the same recipe does now: 0 but for other versions."""
        now = self.own.decided.statuses[self.own.decided.deciding]
        return int((np.asarray(self.stored.to_numpy(zero_copy_only=False), dtype=object) != now).sum())

    def is_whole(self, column: str) -> bool:
        """Return whether the score in `column` is a whole number."""
        return bool(pa.types.is_integer(self.columns.table.schema.field(column).type))

    def values(self, column: str) -> NDArray[np.float64]:
        """Return a score of every row, float64 (rows,), NaN where there is none."""
        found = self.columns.table[column].cast(pa.float64()).fill_null(float("nan"))
        return np.array(found.to_numpy(), dtype=np.float64)

    def moved(self, limit: Limit, value: float | None) -> Moved:
        """Return what the run's recipe decides with `value` at `limit`: `own` for its own value and for None.

        Raises RecipeError for a value that may not stand there.
        """
        if value is None or value == limit.value:
            return self.own
        recipe = with_limit(self.recipe, limit, value)
        plan = plan_of(recipe, self._resources)
        known = {rule.name: rule for rule in self._plan.rules if rule.name != limit.rule}
        return self._decide(recipe, replace(plan, rules=tuple(known.get(rule.name, rule) for rule in plan.rules)))

    def _decide(self, recipe: CurateRecipe, plan: Plan) -> Moved:
        with self._lock:
            decided = decide_rows(self.columns, plan)
            return Moved(recipe, decided, rows_to_score(decided, plan, self._skipped, self._readable))
