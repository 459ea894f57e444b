"""The rows that are scored together, what is known of them, and why the rest is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit.curate.scorer import Facts, Scorer, cost
from toolkit.images import Header

SKIPPED = "skipped"
FAILED = "failed: "
ABSENT = "absent"
Rows = NDArray[np.int64]


@dataclass
class Shard:
    """Rows to score. `read` returns the bytes of the picture at a position; `errors` say why a row has none; those
    `not_downloaded` have none yet, and need none.

    `scores` hold what is known: a value or None a row, for every column. `unscored` says by scorer and row why there
    is nothing.
    """

    captions: list[str]
    facts: list[Facts]
    headers: Sequence[Header | None]
    errors: list[str | None]
    read: Callable[[int], bytes]
    not_downloaded: frozenset[int] = frozenset()
    scores: dict[str, list[object]] = field(default_factory=dict)
    unscored: dict[str, dict[int, str]] = field(default_factory=dict)
    _looked_at: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    _types: dict[str, pa.DataType] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.captions)

    @property
    def readable(self) -> Rows:
        """The rows whose picture can be read."""
        sound = (row for row, error in enumerate(self.errors) if error is None and row not in self.not_downloaded)
        return np.fromiter(sound, dtype=np.int64)

    def prepare(self, scorers: Iterable[Scorer]) -> None:
        """Give every column of `scorers` an entry a row, None where nothing is known yet; what was skipped may be
        scored now."""
        for scorer in scorers:
            self._types |= scorer.columns
            looked_at = np.ones(len(self), dtype=bool)
            for column in scorer.columns:
                values = self.scores.setdefault(column, [None] * len(self))
                looked_at &= [value is not None for value in values]
            why = {row: one for row, one in self.unscored.get(scorer.name, {}).items() if one != SKIPPED}
            looked_at[list(why)] = True
            self.unscored[scorer.name], self._looked_at[scorer.name] = why, looked_at

    def missing(self, rows: Rows, scorer: Scorer) -> Rows:
        """Return those of `rows` that `scorer` has not looked at yet."""
        return rows[~self._looked_at[scorer.name][rows]]

    def fill(self, scorer: Scorer, rows: Rows, found: Mapping[str, Sequence[object]]) -> None:
        """Take what `scorer` found for `rows`; None is recorded as absent. Floats are rounded to 4 decimals, so that
        the same rows go on every machine; but facts stay as the input has them."""
        at = rows.tolist()
        decimals = None if scorer.needs == {"facts"} else 4
        for column in scorer.columns:
            scores = self.scores[column]
            for row, value in zip(at, found[column], strict=True):
                scores[row] = round(value, decimals) if isinstance(value, float) and decimals else value
                if value is None:
                    self.unscored[scorer.name][row] = ABSENT
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

    def table(self, rows: Rows, columns: Iterable[str]) -> pa.Table:
        """Return scores of `rows` as rules read them, the position as the sample_id."""
        at = rows.tolist()
        scores = {c: pa.array([self.scores[c][row] for row in at], self._types.get(c)) for c in columns}
        return pa.table({"sample_id": pa.array(at)} | scores)

    def unscored_map(self) -> list[list[tuple[str, str]]]:
        """Return for each row the sorted (scorer, why) of what it lacks."""
        found: list[list[tuple[str, str]]] = [[] for _ in range(len(self))]
        for name in sorted(self.unscored):
            for row, why in self.unscored[name].items():
                found[row].append((name, why))
        return found


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
