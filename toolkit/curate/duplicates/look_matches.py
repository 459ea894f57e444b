"""Which pictures look the same as one of another table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit.curate.duplicates.alike import looks_between
from toolkit.curate.duplicates.banded_join import PartByPart
from toolkit.curate.duplicates.fingerprint_file import FINGERPRINT, FingerprintFile
from toolkit.curate.duplicates.fingerprinted import Fingerprinted
from toolkit.curate.duplicates.hamming import Accept
from toolkit.curate.duplicates.looks import Looks
from toolkit.curate.duplicates.matches import Matches, Nearest, codes_of_both


def look_matches(
    rows: pa.Table,
    others: pa.Table,
    file: FingerprintFile,
    looks: Looks,
    same: Sequence[str] = (),
    accept: Accept | None = None,
    large: PartByPart | None = None,
) -> Matches:
    """Return the rows that look the same as one of `others` that is equal in the columns `same`, each with the nearest
    such by its hash; `measured` are bits. `file` holds the fingerprints of both; rows without one match nothing.
    `accept(i, j)` has the last word on rows i and others j. How `large` searches are done: see
    `hamming.search`."""
    codes, their_codes = codes_of_both(rows, others, same)
    known, their_known = _fingerprinted(rows), _fingerprinted(others)
    ours, theirs = (Fingerprinted.of(table[FINGERPRINT].drop_null().to_numpy(), file) for table in (rows, others))
    best = Nearest(rows.num_rows)
    for first, second, bits in looks_between(ours, theirs, looks, large):
        row, other = known[first], their_known[second]
        alike = codes[row] == their_codes[other]
        if accept is not None and alike.any():
            alike[alike] = accept(row[alike], other[alike])
        best.add(row[alike], other[alike], bits[alike].astype(np.float64))
    return best.matches()


def _fingerprinted(rows: pa.Table) -> NDArray[np.int64]:
    return np.flatnonzero(rows[FINGERPRINT].is_valid().to_numpy())
