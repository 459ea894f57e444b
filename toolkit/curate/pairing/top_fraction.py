"""Keeping the best fraction of rows by a score, over all rows or within each language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit.curate.pairing.similarity import SIMILARITY
from toolkit.curate.rule import Reason, Scope, Status, Taken, show

OTHER = "other"  # what a mapping calls the languages that it does not name
_AGREE = "picture and caption agree by {value}"


def fraction_limit(scores: NDArray[np.float64], fraction: float) -> float:
    """Return the score that the best `fraction` of `scores` (n,), n at least 1, have or exceed.

    As in DataComp (Gadre et al., arXiv 2304.14108; get_threshold in baselines/apply_filter.py of its code): entry
    int(n * fraction) of the scores sorted from the best. What equals it stays, so one row more than the fraction
    survives, and where several rows tie there, all of them.
    """
    place = len(scores) - 1 - min(int(len(scores) * fraction), len(scores) - 1)
    return float(np.partition(scores, place)[place])


@dataclass(frozen=True)
class TopFraction:
    """Keeps the best `fraction` of the rows at hand by one score, and what ties with the last of them; `text` says
    what was found, and holds `{value}`."""

    fraction: float
    name: str = "pairing_top_fraction"
    columns: tuple[str, ...] = (SIMILARITY,)
    text: str = _AGREE
    status: Status = "dropped"
    scope: Scope = "global"

    def judge(self, rows: pa.Table) -> Taken:
        """Return the rows below the limit."""
        return below_limit(rows[self.columns[0]].to_numpy(), self.fraction, None, self.name, self.text)


def below_limit(
    scores: NDArray[np.float64], fraction: float | None, minimum: float | None, name: str, text: str
) -> Taken:
    """Return the rows that the rule `name` takes: those whose score, of `scores` (n,), is below `minimum` or not among
    the best `fraction`, whichever asks for more (None: no such limit)."""
    if not len(scores):
        return Taken.nothing()
    best = -np.inf if fraction is None else fraction_limit(scores, fraction)
    least = -np.inf if minimum is None else minimum
    limit = max(best, least)
    below = np.flatnonzero(scores < limit)
    if best >= least:
        asked = f"the best {fraction:.4g} of rows have {show(limit)} or more"
    else:
        asked = f"at least {show(limit)} is asked for"

    def explain(index: int) -> Reason:
        found = show(scores[below[index]])
        return Reason(name, found, show(limit), f"{text.format(value=found)}; {asked}")

    return Taken(below, explain)


@dataclass(frozen=True)
class TopFractionByLanguage:
    """Keeps the best fraction of the rows of each caption language: networks know some languages less well, and one
    limit for all would take most of those rows.

    `fractions` maps ISO 639 codes to fractions; languages that it does not name are a group each, of the fraction of
    `other`, or stay as they are where that is not named either.
    """

    fractions: Mapping[str, float]
    name: str = "pairing_top_fraction_by_language"
    columns: tuple[str, ...] = (SIMILARITY, "caption_language")
    status: Status = "dropped"
    scope: Scope = "global"

    def judge(self, rows: pa.Table) -> Taken:
        """Return the rows below the limit of their language."""
        scores = rows[SIMILARITY].to_numpy()
        languages = rows["caption_language"].combine_chunks().dictionary_encode()
        codes = languages.indices.to_numpy()
        names: list[str] = languages.dictionary.to_pylist()
        limits = np.full(len(names), -np.inf)
        for code, name in enumerate(names):
            if (fraction := self._fraction(name)) is not None:
                limits[code] = fraction_limit(scores[codes == code], fraction)
        below = np.flatnonzero(scores < limits[codes])

        def explain(index: int) -> Reason:
            code, found = codes[below[index]], show(scores[below[index]])
            limit = show(limits[code])
            asked = f"the best {self._fraction(names[code]):.4g} of rows in {names[code]!r} have {limit} or more"
            return Reason(self.name, found, limit, f"{_AGREE.format(value=found)}; {asked}")

        return Taken(below, explain)

    def _fraction(self, language: str) -> float | None:
        return self.fractions.get(language, self.fractions.get(OTHER))
