"""Which rows are copies of rows of another table: of an earlier run, or of an evaluation set."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit.curate.duplicates.cosine_search import cell_count, cosines, make_cells, near_by_cosine
from toolkit.curate.duplicates.row_codes import row_codes
from toolkit.curate.duplicates.vector_file import vectors_on_disk
from toolkit.curate.resources import Embeddings


class Matches(NamedTuple):
    """Row `rows[i]` (ascending, each once) is a copy of row `theirs[i]` of the other table, `measured[i]` says how
    near: bits that differ, or a cosine; 0 where the test has no measure."""

    rows: NDArray[np.int64]
    theirs: NDArray[np.int64]
    measured: NDArray[np.float64]


def no_matches() -> Matches:
    """Return that no row matches."""
    return Matches(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))


def codes_of_both(
    rows: pa.Table, others: pa.Table, columns: Sequence[str]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return a number for each of `rows` and one for each of `others`, equal where all of `columns` are."""
    both = pa.concat_tables([one.select(list(columns)) for one in (rows, others)], promote_options="permissive")
    codes = row_codes(both, columns) if columns else np.zeros(rows.num_rows + others.num_rows, np.int64)
    return codes[: rows.num_rows], codes[rows.num_rows :]


def equal_matches(rows: pa.Table, others: pa.Table, columns: Sequence[str]) -> Matches:
    """Return the rows that are equal to one of `others` in all of `columns`, each with the first such."""
    codes, their_codes = codes_of_both(rows, others, columns)
    known, first = np.unique(their_codes, return_index=True)
    if not len(known):
        return no_matches()
    place = np.minimum(np.searchsorted(known, codes), len(known) - 1)
    equal = np.flatnonzero(known[place] == codes)
    return Matches(equal, first[place[equal]].astype(np.int64), np.zeros(len(equal)))


def cosine_matches(
    rows: pa.Table, others: pa.Table, same: Sequence[str], cosine: float, embeddings: Embeddings, folder: Path | None
) -> Matches:
    """Return the rows whose embedding has a cosine of `cosine` or more with one of `others` that is equal in the
    columns `same`, each with the nearest such; vectors lie in a nameless file in `folder` while they are compared."""
    codes, their_codes = codes_of_both(rows, others, same)
    best = Nearest(rows.num_rows)
    with (
        vectors_on_disk(rows["content_id"].to_pylist(), embeddings, folder) as ours,
        vectors_on_disk(_text(others["content_id"]), embeddings, folder) as theirs,
    ):
        if len(ours.places) and len(theirs.places):
            cells = make_cells(theirs.vectors, cell_count(len(theirs.vectors)))
            for pairs in near_by_cosine(theirs.vectors, ours.vectors, cosine, cells):
                first, second = ours.places[pairs.first], theirs.places[pairs.second]
                alike = codes[first] == their_codes[second]
                exact = cosines(ours.vectors, theirs.vectors, pairs.first[alike], pairs.second[alike])
                best.add(first[alike], second[alike], -np.round(exact, 4))
    found = best.matches()
    return Matches(found.rows, found.theirs, -found.measured)


def _text(column: pa.ChunkedArray) -> list[str]:
    """Return `column` with "" for null: the content_id of a row whose picture could not be had."""
    return [one or "" for one in column.to_pylist()]


class Nearest:
    """The nearest of the pairs added for each of `size` rows; of equally near ones, the first."""

    def __init__(self, size: int) -> None:
        self._distance = np.full(size, np.inf)
        self._theirs = np.zeros(size, np.int64)

    def add(self, rows: NDArray[np.int64], theirs: NDArray[np.int64], distance: NDArray[np.float64]) -> None:
        """Take note of pairs: row `rows[i]` is `distance[i]` from the other table's `theirs[i]`."""
        order = np.lexsort((theirs, distance, rows))
        first = order[np.flatnonzero(np.r_[True, np.diff(rows[order]) != 0])] if len(order) else order
        at, other, apart = rows[first], theirs[first], distance[first]
        closer = (apart < self._distance[at]) | ((apart == self._distance[at]) & (other < self._theirs[at]))
        self._distance[at[closer]], self._theirs[at[closer]] = apart[closer], other[closer]

    def matches(self) -> Matches:
        """Return the nearest of every row that has one, `measured` as the distance."""
        rows = np.flatnonzero(np.isfinite(self._distance))
        return Matches(rows, self._theirs[rows], self._distance[rows])
