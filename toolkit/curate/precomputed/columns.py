"""Scores that the input brings: its own columns, read before any picture is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from toolkit.curate.precomputed.known_columns import columns_called
from toolkit.curate.precomputed.values import first_of, number_of, sides_of, word_of
from toolkit.curate.scorer import Batch, Need


def score_name(called: str) -> str:
    """Return the name of the score column that holds the input's `called`."""
    return f"precomputed_{called}"


@dataclass(frozen=True)
class PrecomputedNumber:
    """The number that the input brings as `called`: a score's name, or a column of the input."""

    called: str
    needs: frozenset[Need] = frozenset({"facts"})

    @property
    def name(self) -> str:
        """The name of the score."""
        return score_name(self.called)

    @property
    def version(self) -> str:
        """The columns that are looked for."""
        return " ".join(columns_called(self.called))

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """A number, null where the input has none."""
        return {self.name: pa.float64()}

    def setup(self) -> None:
        """Nothing to load."""

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return the column."""
        columns = columns_called(self.called)
        return {self.name: [number_of(first_of(row, columns)) for row in batch.metas]}


@dataclass(frozen=True)
class PrecomputedWord:
    """The word that the input brings as `called`: a language, a category."""

    called: str
    needs: frozenset[Need] = frozenset({"facts"})

    @property
    def name(self) -> str:
        """The name of the score."""
        return f"{score_name(self.called)}_word"

    @property
    def version(self) -> str:
        """The columns that are looked for."""
        return " ".join(columns_called(self.called))

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """A word, null where the input has none."""
        return {self.name: pa.string()}

    def setup(self) -> None:
        """Nothing to load."""

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return the column."""
        columns = columns_called(self.called)
        return {self.name: [word_of(first_of(row, columns)) for row in batch.metas]}


@dataclass(frozen=True)
class PrecomputedSize:
    """The picture's size as the input tells it: the shorter side in pixels, and the longer over the shorter."""

    name: str = score_name("size")
    needs: frozenset[Need] = frozenset({"facts"})

    @property
    def version(self) -> str:
        """The columns that are looked for."""
        return " ".join(columns_called("width") + columns_called("height"))

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """Pixels and a ratio, null where the input has no size."""
        return {score_name("side"): pa.float64(), score_name("aspect"): pa.float64()}

    def setup(self) -> None:
        """Nothing to load."""

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return the two columns."""
        widths, heights = columns_called("width"), columns_called("height")
        sides = [sides_of(row, widths, heights) for row in batch.metas]
        return {
            score_name("side"): [None if found is None else found[0] for found in sides],
            score_name("aspect"): [None if found is None else found[1] / found[0] for found in sides],
        }


@dataclass(frozen=True)
class PrecomputedPresence:
    """Whether the input brings `called` at all, by the scorer of it: what a rule that drops rows without it reads."""

    called: str
    scorer: PrecomputedNumber | PrecomputedWord | PrecomputedSize
    needs: frozenset[Need] = frozenset({"facts"})

    @property
    def name(self) -> str:
        """The name of the score."""
        return f"{score_name(self.called)}_present"

    @property
    def version(self) -> str:
        """That of what is looked for."""
        return self.scorer.version

    @property
    def columns(self) -> Mapping[str, pa.DataType]:
        """True or false."""
        return {self.name: pa.bool_()}

    def setup(self) -> None:
        """Nothing to load."""

    def score(self, batch: Batch) -> Mapping[str, Sequence[object]]:
        """Return the column."""
        (found, *_) = self.scorer.score(batch).values()
        return {self.name: [value is not None for value in found]}
