"""Rows that are equal, found part by part: rows are dealt by a hash of what names their picture, and sorted on disk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit.curate.duplicates.partitions import DEALT_AT_ONCE, partitions
from toolkit.curate.duplicates.row_codes import first_of_each, row_codes

PARTITIONED_FROM = 1 << 18  # rows: fewer are numbered in memory, in 130 bytes each
_PART_ROWS = 1 << 17
_HEX = 32  # digits of a content_id
_HIGH, _LOW, _CODE, _ROW, _WIDTH = range(5)  # the numbers of a record
_MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0x165667B19E3779F9))
_NO_DIGIT = 255
_DIGITS = np.full(256, _NO_DIGIT, np.uint8)
_DIGITS[np.frombuffer(b"0123456789abcdef", np.uint8)] = np.arange(16)
Rows = NDArray[np.int64]
Words = NDArray[np.uint64]


def first_of_equal(
    rows: pa.Table, key: str, others: Sequence[str], folder: Path | None = None, parts: int | None = None
) -> Rows:
    """Return for each of `rows` the first row that is equal in the columns `key` and `others`, int64 (n,).

    `key` holds 64-bit hashes, or content_ids; `others` hold text of few different values. From `PARTITIONED_FROM` rows
    on, or where a number of `parts` is asked for, the records lie in a nameless file in `folder`, and memory holds
    those of one part, 8 bytes a row for the codes of `others`, and what is returned. Other keys are numbered in memory.
    """
    if parts is None and rows.num_rows < PARTITIONED_FROM:
        return first_of_each(row_codes(rows, (key, *others)))
    codes, count = row_codes(rows, others).astype(np.uint64), parts or -(-rows.num_rows // _PART_ROWS)
    with partitions(folder, _WIDTH, count) as dealt:
        start = 0
        for words in _words(rows[key]):
            if words is None:
                return first_of_each(row_codes(rows, (key, *others)))
            some = np.empty((len(words), _WIDTH), np.uint64)
            some[:, : _LOW + 1] = words
            some[:, _ROW] = np.arange(start, start + len(words))
            some[:, _CODE] = codes[start : start + len(words)]
            dealt.deal(some, (_mixed(some) % np.uint64(count)).astype(np.int64))
            start += len(words)
        first = np.empty(rows.num_rows, np.int64)
        for number in range(count):
            part = dealt.part(number)
            first[part[:, _ROW].astype(np.int64)] = _first_of_part(part)
    return first


def _first_of_part(part: Words) -> Words:
    """Return for each record of `part` the smallest row of those that are equal but for their row, uint64 (n,)."""
    if not len(part):
        return part[:, _ROW]
    mixed = _mixed(part)
    order = np.argsort(mixed)
    equal = _as_before(part[order])
    if not equal[np.diff(mixed[order]) == 0].all():  # two that differ have the same 64 bits
        order = np.lexsort((part[:, _CODE], part[:, _LOW], part[:, _HIGH]))
        equal = _as_before(part[order])
    starts = np.flatnonzero(np.r_[True, ~equal])
    found = np.empty(len(part), np.uint64)
    smallest = np.minimum.reduceat(part[order, _ROW], starts)
    found[order] = np.repeat(smallest, np.diff(np.r_[starts, len(part)]))
    return found


def _as_before(part: Words) -> NDArray[np.bool_]:
    """Return whether each record but the first is equal to the one before it, but for its row."""
    return np.asarray((part[1:, :_ROW] == part[:-1, :_ROW]).all(axis=1), bool)


def _mixed(records: Words) -> Words:
    """Return a hash of each record but for its row, uint64 (n,)."""
    mixed = records[:, _HIGH] * _MIX[0] ^ records[:, _LOW] * _MIX[1] ^ records[:, _CODE] * _MIX[2]
    return np.asarray(mixed ^ (mixed >> np.uint64(29)), np.uint64)


def _words(column: pa.ChunkedArray) -> Iterator[Words | None]:
    """Yield `column` as two numbers a row, uint64 (n, 2), some rows at a time; None where it holds anything but 64-bit
    numbers and content_ids, which are 32 small hexadecimal digits."""
    for chunk in column.chunks:
        for start in range(0, len(chunk), DEALT_AT_ONCE):
            some = chunk.slice(start, DEALT_AT_ONCE)
            if some.null_count or not (pa.types.is_uint64(some.type) or pa.types.is_string(some.type)):
                yield None
            elif pa.types.is_uint64(some.type):
                yield np.stack([np.zeros(len(some), np.uint64), some.to_numpy()], axis=1)
            else:
                yield _of_digits(some)


def _of_digits(texts: pa.Array) -> Words | None:
    _, offsets, data = texts.buffers()
    ends = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    if (np.diff(ends) != _HEX).any():
        return None
    signs = np.frombuffer(data, np.uint8)[ends[0] : ends[-1]]
    digits = _DIGITS[signs]
    if len(digits) and digits.max() == _NO_DIGIT:
        return None
    return (digits[::2] << 4 | digits[1::2]).view(">u8").astype(np.uint64).reshape(-1, 2)
