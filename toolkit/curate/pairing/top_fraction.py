"""Keeping the best fraction of rows by a score, over all rows or within each language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit.curate.pairing.similarity import SIMILARITY
from toolkit.curate.rule import Reason, Scope, Status, Taken, show
from toolkit.statistics.selection import kth_smallest

OTHER = "other"  # what a mapping calls the languages that it does not name
_ROWS = 1 << 16  # of a group that are looked at together
_AGREE = "picture and caption agree by {value}"


Scores = NDArray[np.float64]


def fraction_limit(parts: Callable[[], Iterable[Scores]], size: int, fraction: float) -> float:
    """Return the score that the best `fraction` of `size` scores, at least 1, have or exceed; `parts` yields them, cut
    in any way, each time that it is called.

    As in DataComp (Gadre et al., arXiv 2304.14108; get_threshold in baselines/apply_filter.py of its code): entry
    int(n * fraction) of the scores sorted from the best. What equals it stays, so one row more than the fraction
    survives, and where several rows tie there, all of them.
    """
    return kth_smallest(parts, size - 1 - min(int(size * fraction), size - 1), size)


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
        return below_limit(_parts(rows[self.columns[0]]), self.fraction, None, self.name, self.text)


def below_limit(parts: Sequence[Scores], fraction: float | None, minimum: float | None, name: str, text: str) -> Taken:
    """Return the rows that the rule `name` takes: those whose score, of `parts` one after the other, is below `minimum`
    or not among the best `fraction`, whichever asks for more (None: no such limit)."""
    size = sum(map(len, parts))
    if not size:
        return Taken.nothing()
    best = -np.inf if fraction is None else fraction_limit(lambda: parts, size, fraction)
    least = -np.inf if minimum is None else minimum
    limit = max(best, least)
    starts = np.cumsum([0, *map(len, parts)])
    below = np.concatenate(
        [start + np.flatnonzero(part < limit) for part, start in zip(parts, starts[:-1], strict=True)]
    )
    if best >= least:
        asked = f"the best {fraction:.4g} of rows have {show(limit)} or more"
    else:
        asked = f"at least {show(limit)} is asked for"

    def explain(index: int) -> Reason:
        part = int(np.searchsorted(starts, below[index], side="right")) - 1
        found = show(parts[part][below[index] - starts[part]])
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
                limits[code] = _limit_of_group(scores, codes, code, fraction)
        below = np.flatnonzero(scores < limits[codes])

        def explain(index: int) -> Reason:
            code, found = codes[below[index]], show(scores[below[index]])
            limit = show(limits[code])
            asked = f"the best {self._fraction(names[code]):.4g} of rows in {names[code]!r} have {limit} or more"
            return Reason(self.name, found, limit, f"{_AGREE.format(value=found)}; {asked}")

        return Taken(below, explain)

    def _fraction(self, language: str) -> float | None:
        return self.fractions.get(language, self.fractions.get(OTHER))


def _limit_of_group(scores: Scores, codes: NDArray[np.int32], code: int, fraction: float) -> float:
    """Return the limit of those `scores` whose row has that `code`."""
    parts = [slice(start, start + _ROWS) for start in range(0, len(scores), _ROWS)]
    size = int(np.count_nonzero(codes == code))
    return fraction_limit(lambda: (scores[part][codes[part] == code] for part in parts), size, fraction)


def _parts(column: pa.ChunkedArray) -> list[Scores]:
    """Return `column` piece by piece, float64: as it lies in memory or in a file, where it is that."""
    return [chunk.to_numpy().astype(np.float64, copy=False) for chunk in column.chunks]
