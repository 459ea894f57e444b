"""The scorers and rules of what the input brings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from toolkit.curate.distinct import distinct
from toolkit.curate.pairing.top_fraction import TopFraction
from toolkit.curate.precomputed.columns import (
    PrecomputedNumber,
    PrecomputedPresence,
    PrecomputedSize,
    PrecomputedWord,
    score_name,
)
from toolkit.curate.precomputed.recipe import SIZES, PrecomputedLimit
from toolkit.curate.rule import Reason, Rule, Scope, Status, Taken, Threshold
from toolkit.curate.scorer import Scorer

Asked = Mapping[str, PrecomputedLimit]


def scorers(asked: Asked) -> list[Scorer]:
    """Return a scorer for each that is asked for, each once."""
    made: dict[str, Scorer] = {}
    for called, limit in asked.items():
        scorer = _scorer(called, limit)
        made[scorer.name] = scorer
        if limit.missing == "drop":
            presence = PrecomputedPresence(limit.column or called, scorer)
            made[presence.name] = presence
    return list(made.values())


def rules(asked: Asked) -> list[Rule]:
    """Return the rules in the order of the recipe."""
    return [rule for called, limit in asked.items() for rule in _rules(called, limit)]


def _scorer(called: str, limit: PrecomputedLimit) -> PrecomputedNumber | PrecomputedWord | PrecomputedSize:
    if called in SIZES and limit.column is None:
        return PrecomputedSize()
    return (PrecomputedNumber if limit.words is None else PrecomputedWord)(limit.column or called)


def _rules(called: str, limit: PrecomputedLimit) -> Iterator[Rule]:
    name, column = score_name(called), score_name(limit.column or called)
    text = f"the input says {{value}} for {called}"
    if limit.missing == "drop":
        yield Absent(f"{name}_missing", f"{column}_present", called, limit.status)
    if (limit.minimum, limit.maximum) != (None, None):
        yield Threshold(name, column, text, limit.minimum, limit.maximum, limit.status)
    if limit.words is not None:
        yield OtherWord(name, f"{column}_word", called, limit.words, limit.status)
    if limit.top_fraction is not None:
        yield TopFraction(limit.top_fraction, f"{name}_top_fraction", (column,), text, limit.status)


@dataclass(frozen=True)
class Absent:
    """Takes rows whose `column` is false: the input does not bring what is `called` so."""

    name: str
    column: str
    called: str
    status: Status = "dropped"
    scope: Scope = "local"

    @property
    def columns(self) -> tuple[str, ...]:
        """The one column that is read."""
        return (self.column,)

    def judge(self, rows: pa.Table) -> Taken:
        """Return the rows without it."""
        absent = np.flatnonzero(~rows[self.column].to_numpy().astype(bool))
        reason = Reason(self.name, "", self.called, f"the input has no {self.called}, and missing rows are not wanted")
        return Taken(absent, lambda _: reason)


@dataclass(frozen=True)
class OtherWord:
    """Takes rows whose `column` holds another word than `words`, case ignored."""

    name: str
    column: str
    called: str
    words: tuple[str, ...]
    status: Status = "dropped"
    scope: Scope = "local"

    @property
    def columns(self) -> tuple[str, ...]:
        """The one column that is read."""
        return (self.column,)

    def judge(self, rows: pa.Table) -> Taken:
        """Return the rows with another word."""
        found, place = distinct(rows[self.column])
        wanted = {word.casefold() for word in self.words}
        taken = np.flatnonzero(np.array([word.casefold() not in wanted for word in found], dtype=bool)[place])
        return Taken(taken, lambda index: self._reason(found[place[taken[index]]]))

    def _reason(self, word: str) -> Reason:
        asked = ", ".join(self.words)
        return Reason(self.name, word, asked, f"the input says {word[:80]} for {self.called}; {asked} asked for")
