"""Rows as numbers: equal where some of their columns are, so that millions of rows compare as arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

SAME_PEOPLE = ("people_named", "skin_tone_named")  # rows of other people are no copies, whatever the pictures show

_MOST_CODES = 1 << 62


def row_codes(rows: pa.Table, columns: Sequence[str]) -> NDArray[np.int64]:
    """Return a number for each of `rows`, int64 (n,), equal for two rows where all of `columns` are; they hold text."""
    codes, different = np.zeros(rows.num_rows, np.int64), 1
    for column in columns:
        encoded = pc.dictionary_encode(rows[column], null_encoding="encode").combine_chunks()
        if isinstance(encoded, pa.ChunkedArray):  # some versions of Arrow give a chunked array of one chunk
            encoded = encoded.chunk(0) if encoded.num_chunks else pa.array([], pa.string()).dictionary_encode()
        values = max(1, len(encoded.dictionary))
        if different * values > _MOST_CODES:
            codes = np.unique(codes, return_inverse=True)[1].astype(np.int64)
            different = len(codes)
        codes *= values
        codes += encoded.indices.to_numpy(zero_copy_only=False)
        different *= values
    return codes


def first_of_each(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each row the first row of the same code, int64 (n,)."""
    _, first, place = np.unique(codes, return_index=True, return_inverse=True)
    return first.astype(np.int64)[place]
