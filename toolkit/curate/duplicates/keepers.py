"""Which copy of a cluster stays: a policy of the recipe, the same for every kind of copy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from toolkit.curate.duplicates.dates import seconds_of_column
from toolkit.curate.rule import Reason, Taken
from toolkit.engine.chunks import values_at
from toolkit.errors import RecipeError
from toolkit.store import RunFolder

Keep = Literal["best", "largest", "first", "oldest"]
_IDS_AT_ONCE = 8192


def keepers(labels: NDArray[np.int64], merits: NDArray[np.float64], sample_ids: pa.ChunkedArray) -> NDArray[np.int64]:
    """Return for each item the item of its cluster (those of equal `labels`) that stays, int64 (n,).

    It is the one with the highest of `merits` (n,), finite or NaN, which is below all; then the one with the smallest
    sample_id. `labels` are 0 or more; memory grows with the largest.
    """
    stays = np.arange(len(labels))
    members = clustered(labels)
    if not len(members):
        return stays
    cluster = labels[members]
    merit = np.where(np.isnan(merits[members]), -np.inf, merits[members])
    best = np.full(cluster.max() + 1, -np.inf)
    np.maximum.at(best, cluster, merit)
    top = merit == best[cluster]
    stays[members] = _first_by_id(members[top], cluster[top], sample_ids)[cluster]
    return stays


def _first_by_id(
    items: NDArray[np.int64], cluster: NDArray[np.int64], sample_ids: pa.ChunkedArray
) -> NDArray[np.int64]:
    """Return for each cluster that one of its `items` which has the smallest sample_id, int64 (clusters,).

    So many at once are compared that their sample_ids take little memory, each time with what is first so far.
    """
    first = np.full(cluster.max() + 1, -1)
    for start in range(0, len(items), _IDS_AT_ONCE):
        some = slice(start, start + _IDS_AT_ONCE)
        known = np.unique(cluster[some])
        known = known[first[known] >= 0]
        candidates, clusters = np.r_[first[known], items[some]], np.r_[known, cluster[some]]
        last_to_first = pc.sort_indices(values_at(sample_ids, candidates)).to_numpy()[::-1]
        first[clusters[last_to_first]] = candidates[last_to_first]  # of several in one place the last one stays
    return first


def clustered(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the items that share their label, 0 or more, with another, ascending, int64."""
    return np.flatnonzero(np.bincount(labels)[labels] > 1)


@dataclass(frozen=True)
class KeepPolicy:
    """Which copy stays: `best` (the highest score in column `by`), `largest` (most pixels), `first` (in the order of
    the input), `oldest` (the earliest date in column `by` of meta). Ties: the smallest sample_id.

    Scores and dates are read from `scored`, a run with its pairs, and only for rows that have copies at all.
    """

    keep: Keep = "largest"
    by: str | None = None
    scored: RunFolder | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that must be in the rows at hand."""
        return ("width", "height") if self.keep == "largest" else ()

    @property
    def wording(self) -> str:
        """What the row that stays is, in words: `the largest`, `the best by picture_sharpness`."""
        return f"the {self.keep}" + (f" by {self.by}" if self.by else "")

    def stays(self, labels: NDArray[np.int64], rows: pa.Table) -> NDArray[np.int64]:
        """Return for each of `rows` (sample_id and `columns`) the row of its cluster that stays, int64 (n,)."""
        return keepers(labels, self._merits(labels, rows), rows["sample_id"])

    def taken(self, rule: str, limit: str, alike: str, labels: NDArray[np.int64], rows: pa.Table) -> Taken:
        """Return all but one of the `rows` of each cluster, as taken by `rule`.

        `alike` begins the sentence that names the row that stays, for example `looks the same as`.
        """
        stays = self.stays(labels, rows)
        going = np.flatnonzero(stays != np.arange(len(stays)))
        kept, which = np.unique(stays[going], return_inverse=True)
        sample_ids, which = values_at(rows["sample_id"], kept), which.astype(np.int32)

        def explain(index: int) -> Reason:
            staying = sample_ids[int(which[index])].as_py()
            return Reason(rule, staying, limit, f"{alike} row {staying}, which stays as {self.wording}")

        return Taken(going, explain)

    def _merits(self, labels: NDArray[np.int64], rows: pa.Table) -> NDArray[np.float64]:
        if self.keep == "largest":
            pixels: NDArray[np.float64] = rows["width"].to_numpy().astype(np.float64) * rows["height"].to_numpy()
            return pixels
        if self.keep == "first":
            return -np.arange(rows.num_rows, dtype=np.float64)
        merits = np.full(rows.num_rows, np.nan)
        members = clustered(labels)
        if len(members):
            sample_ids = values_at(rows["sample_id"], members)
            found = pc.index_in(sample_ids, value_set=self._by_sample_id["sample_id"])
            known = found.is_valid().to_numpy(zero_copy_only=False)
            place = found.drop_null().to_numpy().astype(np.int64)
            merits[members[known]] = self._by_sample_id["merit"].to_numpy()[place]
        return merits

    @cached_property
    def _by_sample_id(self) -> pa.Table:
        """The merit of every row of the run: its score, or its age; NaN where there is none."""
        assert self.scored is not None, "a policy that reads scores or dates is given the run that holds them"
        assert self.by is not None, "the recipe has seen to it"
        return _scores(self.scored, self.by) if self.keep == "best" else _ages(self.scored, self.by)


def is_number(kind: pa.DataType) -> bool:
    """Return whether a column of `kind` holds numbers, which copies can be ranked by."""
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _scores(scored: RunFolder, column: str) -> pa.Table:
    """Return sample_id and merit (float64, NaN for null), the score in `column`; raise RecipeError if it is none."""
    known = {one.name: one.type for one in pq.read_schema(scored.shards("scores")[0])}
    numbers = [name for name, kind in known.items() if is_number(kind)]
    if column not in numbers:
        raise RecipeError(
            f"duplicates.best_by is {column!r}, which {scored.path} has no numbers for; name one of "
            f"{', '.join(numbers)}, or add --score"
        )
    return pa.concat_tables(
        _merits(shard["sample_id"], shard[column].cast(pa.float64()))
        for shard in scored.scan("scores", ["sample_id", column])
    )


def _ages(scored: RunFolder, column: str) -> pa.Table:
    """Return sample_id and merit (float64): how early the date in `column` of meta is, NaN where it tells none."""
    holder = scored.find("pairs")
    assert holder is not None, "a run with scores knows its pairs"
    return pa.concat_tables(
        _merits(shard["sample_id"], pa.array(-seconds_of_column(shard["meta"], column)))
        for shard in holder.scan("pairs", ["sample_id", "meta"])
    )


def _merits(sample_ids: pa.ChunkedArray, values: pa.Array) -> pa.Table:
    return pa.table({"sample_id": sample_ids, "merit": pc.fill_null(values, float("nan"))})
