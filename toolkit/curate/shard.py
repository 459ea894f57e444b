"""The rows that are scored together, what is known of them, and why the rest is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit.curate.rounding import rounded
from toolkit.curate.scorer import Facts, Scorer, cost
from toolkit.images import Header

SKIPPED = "skipped"
FAILED = "failed: "
ABSENT = "absent"
Rows = NDArray[np.int64]
Marks = NDArray[np.bool_]


@dataclass
class Shard:
    """Rows to score. `read` returns the bytes of the picture at a position; `errors` say why a row has none; those
    `not_downloaded` have none yet, and need none.

    `scores` hold what is known: a value or None a row, for every column. `unscored` says by scorer and row why there
    is nothing. Positions of rows are always given in ascending order.
    """

    captions: list[str]
    facts: Sequence[Facts]
    headers: Sequence[Header | None]
    errors: list[str | None]
    read: Callable[[int], bytes]
    not_downloaded: frozenset[int] = frozenset()
    scores: dict[str, list[object]] = field(default_factory=dict)
    unscored: dict[str, dict[int, str]] = field(default_factory=dict)
    _present: dict[str, Marks] = field(default_factory=dict)
    _looked_at: dict[str, Marks] = field(default_factory=dict)
    _types: dict[str, pa.DataType] = field(default_factory=dict)
    _arrays: dict[str, pa.Array] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.captions)

    @cached_property
    def readable(self) -> Marks:
        """Whether the picture of each row can be read."""
        sound = np.array([error is None for error in self.errors], dtype=bool)
        sound[list(self.not_downloaded)] = False
        return sound

    def prepare(self, scorers: Iterable[Scorer]) -> None:
        """Give every column of `scorers` an entry a row, None where nothing is known yet; what was skipped may be
        scored now."""
        for scorer in scorers:
            self._types |= scorer.columns
            looked_at = np.ones(len(self), dtype=bool)
            for column in scorer.columns:
                if column not in self.scores:
                    self.scores[column] = [None] * len(self)
                looked_at &= self._marks(column)
            why = {row: one for row, one in self.unscored.get(scorer.name, {}).items() if one != SKIPPED}
            looked_at[list(why)] = True
            self.unscored[scorer.name], self._looked_at[scorer.name] = why, looked_at

    def missing(self, rows: Rows, *scorers: Scorer) -> Rows:
        """Return those of `rows` that one of `scorers` has not looked at yet."""
        missing = np.zeros(len(self), dtype=bool)
        for scorer in scorers:
            missing |= ~self._looked_at[scorer.name]
        return rows[missing[rows]]

    def fill(self, scorer: Scorer, rows: Rows, found: Mapping[str, Sequence[object]]) -> None:
        """Take what `scorer` found for `rows`; None is recorded as absent. Floats are rounded to 4 decimals, so that
        the same rows go on every machine; but facts stay as the input has them."""
        exact = scorer.needs == {"facts"}
        for column, kind in scorer.columns.items():
            values = found[column] if exact or not pa.types.is_floating(kind) else rounded(found[column])
            if len(values) != len(rows):
                raise ValueError(f"{scorer.name} gave {len(values)} values of {column} for {len(rows)} rows")
            _put(self.scores[column], rows, values)
            present = _present(values)
            self._present[column][rows] = present
            self._arrays.pop(column, None)
            if not present.all():
                self.unscored[scorer.name] |= dict.fromkeys(rows[~present].tolist(), ABSENT)
        self._looked_at[scorer.name][rows] = True

    def give_up(self, scorer: Scorer, row: int, why: str) -> None:
        """Record why `scorer` has nothing for `row`."""
        if not self._looked_at[scorer.name][row]:
            self.unscored[scorer.name][row] = why
            self._looked_at[scorer.name][row] = True

    def settle(self, scorers: Iterable[Scorer]) -> None:
        """Say `failed` or `skipped` for every scorer that has not looked at a row."""
        everyone = np.arange(len(self))
        for scorer in scorers:
            needs_picture = cost(scorer) > 0
            for row in self.missing(everyone, scorer).tolist():
                error = self.errors[row] if needs_picture else None
                self.give_up(scorer, row, SKIPPED if error is None else f"{FAILED}{error}")

    def having(self, rows: Rows, columns: Iterable[str]) -> Rows:
        """Return those of `rows` that have a score in all of `columns`."""
        having = np.ones(len(self), dtype=bool)
        for column in columns:
            having &= self._marks(column)
        return rows[having[rows]]

    def _marks(self, column: str) -> Marks:
        """Return which rows have a score in `column`; to be changed where one is added."""
        if column not in self._present:
            self._present[column] = _present(self.scores[column])
        return self._present[column]

    def array(self, column: str) -> pa.Array:
        """Return a column of scores, null where there is none."""
        if column not in self._arrays:
            self._arrays[column] = pa.array(self.scores[column], self._types.get(column))
        return self._arrays[column]

    def table(self, rows: Rows, columns: Iterable[str]) -> pa.Table:
        """Return scores of `rows` as rules read them, the position as the sample_id."""
        at = pa.array(rows)
        everyone = len(rows) == len(self)
        scores = {c: self.array(c) if everyone else self.array(c).take(at) for c in columns}
        return pa.table({"sample_id": at} | scores)

    def unscored_array(self) -> pa.MapArray:
        """Return for each row the (scorer, why) of what it lacks, sorted by scorer: map<string, string> (rows,)."""
        names = sorted(self.unscored)
        sizes = [len(self.unscored[name]) for name in names]
        rows = np.fromiter((row for name in names for row in self.unscored[name]), np.int64, sum(sizes))
        order = np.argsort(rows, kind="stable")
        whys = pa.array([why for name in names for why in self.unscored[name].values()], pa.string())
        ends = np.cumsum(np.bincount(rows, minlength=len(self)))
        scorers = pa.array(names, pa.string()).take(pa.array(np.repeat(np.arange(len(names)), sizes)[order]))
        offsets = pa.array(np.concatenate([[0], ends]).astype(np.int32))
        return pa.MapArray.from_arrays(offsets, scorers, whys.take(pa.array(order)))


def _present(values: Sequence[object]) -> Marks:
    if isinstance(values, list) and None not in values:
        return np.ones(len(values), dtype=bool)
    return np.array([value is not None for value in values], dtype=bool)


def _put(scores: list[object], rows: Rows, values: Sequence[object]) -> None:
    """Put `values` to the places `rows` of `scores`."""
    if len(rows) and rows[-1] - rows[0] == len(rows) - 1:  # they follow one another
        scores[rows[0] : rows[-1] + 1] = values
        return
    for row, value in zip(rows.tolist(), values, strict=True):
        scores[row] = value


def unscored_of(found: Iterable[Iterable[tuple[str, str]] | None], forget: Iterable[str]) -> dict[str, dict[int, str]]:
    """Return the `unscored` column of a stored table as `Shard.unscored`, but for the scorers called `forget`."""
    left_out = set(forget)
    by_scorer: dict[str, dict[int, str]] = {}
    for row, entries in enumerate(found):
        for name, why in entries or ():
            if name not in left_out:
                by_scorer.setdefault(name, {})[row] = why
    return by_scorer


def known_scores(table: pa.Table, forget: Iterable[str]) -> Mapping[str, list[object]]:
    """Return the score columns of a stored table as lists, but for the columns called `forget`."""
    left_out = {"sample_id", "unscored", *forget}
    return {name: table[name].to_pylist() for name in table.schema.names if name not in left_out}
