"""Which pictures look the same as one of another table: near hashes, confirmed by colours; also flipped ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit.curate.duplicates.fingerprints import colour_grids
from toolkit.curate.duplicates.hamming import near_queries
from toolkit.curate.duplicates.matches import Matches, Nearest, codes_of_both
from toolkit.curate.rule import show

LOOKS = ("perceptual_hash", "colour_grid")  # the columns that are compared


class Looks(NamedTuple):
    """When two pictures look the same: bits of the hashes that may differ, and the CIELAB distance of the cells of
    their colour grids, on average and of any one."""

    distance: int
    mean_colour: float
    cell_colour: float

    @property
    def wording(self) -> str:
        """The limits in words."""
        return f"{self.distance} bits, colour {show(self.mean_colour)} and {show(self.cell_colour)}"


def look_matches(rows: pa.Table, others: pa.Table, looks: Looks, same: Sequence[str] = ()) -> Matches:
    """Return the rows that look the same as one of `others` that is equal in the columns `same`, each with the nearest
    such by its hash; `measured` are bits. Rows without a hash match nothing."""
    codes, their_codes = codes_of_both(rows, others, same)
    hashed, theirs_hashed = _hashed(rows), _hashed(others)
    grids = rows["colour_grid"]
    best = Nearest(rows.num_rows)
    for second, first in near_queries(theirs_hashed.hashes, hashed.hashes, looks.distance):
        row, other = hashed.rows[first], theirs_hashed.rows[second]
        alike = codes[row] == their_codes[other]
        first, second, row, other = first[alike], second[alike], row[alike], other[alike]
        alike = _same_colours(grids.take(pa.array(row)), others["colour_grid"].take(pa.array(other)), looks)
        apart = np.bitwise_count(hashed.hashes[first] ^ theirs_hashed.hashes[second])
        best.add(row[alike], other[alike], apart[alike].astype(np.float64))
    return best.matches()


class _Hashed(NamedTuple):
    """The hashes of those `rows` that have one."""

    hashes: NDArray[np.uint64]
    rows: NDArray[np.int64]


def _hashed(rows: pa.Table) -> _Hashed:
    hashes = rows["perceptual_hash"]
    known = np.flatnonzero(hashes.is_valid().to_numpy())
    return _Hashed(hashes.drop_null().to_numpy().astype(np.uint64), known)


def _same_colours(ours: pa.ChunkedArray, theirs: pa.ChunkedArray, looks: Looks) -> NDArray[np.bool_]:
    if not len(ours):
        return np.zeros(0, bool)
    apart = np.linalg.norm(colour_grids(ours.to_pylist()) - colour_grids(theirs.to_pylist()), axis=-1)
    near: NDArray[np.bool_] = (apart.mean(axis=1) <= looks.mean_colour) & (apart.max(axis=1) <= looks.cell_colour)
    return near
