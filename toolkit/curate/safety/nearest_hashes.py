"""The nearest of many listed hashes within some bits, by tables over bands of bits: few of them are compared.

Exact by the pigeonhole principle (multi-index hashing: Norouzi et al., arXiv 1307.2982): two hashes within
b (f + 1) - 1 bits agree up to f bits in at least one of b bands.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise
from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_WORD = 64
_WIDEST = 22  # bits of a band: its table has 4 bytes for each value that they can have
_AT_ONCE = 1 << 21  # table entries, or hashes, looked at at a time, which bounds memory
Rows = NDArray[np.int64]


class Nearest(NamedTuple):
    """For each hash asked for, the nearest listed one (of several, the first), -1 for none, and the bits that differ
    (more than any hash has, for none)."""

    entries: Rows
    bits: Rows


class _Band(NamedTuple):
    """`width` bits of word `word` from bit `shift` on; hashes in the `order` of these bits, those of value v from
    `starts[v]` to `starts[v + 1]`."""

    word: int
    shift: int
    width: int
    order: NDArray[np.int32]
    starts: NDArray[np.int32]


class NearestHashes:
    """The index of `values` (hashes of 8 or 32 bytes) for searches within `distance` bits."""

    def __init__(self, values: NDArray[np.bytes_], distance: int) -> None:
        self._words = _words(values)
        self._distance = distance
        words = self._words.shape[1]
        a_word = _bands_a_word(len(values), distance, words)
        self._flips = distance // (a_word * words)
        edges = [place * _WORD // a_word for place in range(a_word + 1)]
        self._bands = [self._band(word, start, end - start) for word in range(words) for start, end in pairwise(edges)]

    def _band(self, word: int, shift: int, width: int) -> _Band:
        keys = _bits(self._words[:, word], shift, width)
        counts = np.bincount(keys, minlength=1 << width)
        starts = np.concatenate([np.zeros(1, np.int32), counts.cumsum(dtype=np.int32)])
        return _Band(word, shift, width, np.argsort(keys, kind="stable").astype(np.int32), starts)

    def nearest(self, wanted: NDArray[np.bytes_]) -> Nearest:
        """Return the nearest hash to each of `wanted`."""
        asked = _words(wanted)
        best = Nearest(np.full(len(asked), -1, np.int64), np.full(len(asked), _WORD * asked.shape[1] + 1, np.int64))
        for band in self._bands:
            for owners, entries in self._candidates(asked, band):
                apart = np.bitwise_count(asked[owners] ^ self._words[entries]).sum(axis=1, dtype=np.int64)
                near = apart <= self._distance
                _improve(best, owners[near], entries[near], apart[near])
        return best

    def _candidates(self, asked: NDArray[np.uint64], band: _Band) -> Iterator[tuple[Rows, Rows]]:
        """Yield (owners, entries): which of `asked`, and which listed hashes agree with it in `band`, up to flips."""
        masks = _masks(band.width, self._flips)
        step = max(1, _AT_ONCE // len(masks))
        for first in range(0, len(asked), step):
            probes = _bits(asked[first : first + step, band.word], band.shift, band.width)[:, None] ^ masks
            starts = band.starts[probes].ravel()
            counts = band.starts[probes + 1].ravel() - starts
            held = np.flatnonzero(counts)
            ends = counts[held].cumsum(dtype=np.int64)
            inner = np.searchsorted(ends, np.arange(_AT_ONCE, int(counts.sum(dtype=np.int64)), _AT_ONCE))
            for low, high in pairwise([0, *inner.tolist(), len(held)]):
                some = held[low:high]
                size = counts[some].astype(np.int64)
                within = np.arange(size.sum()) - np.repeat(size.cumsum() - size, size)
                entries = band.order[np.repeat(starts[some].astype(np.int64), size) + within]
                yield np.repeat(first + some // len(masks), size), entries.astype(np.int64)


def _improve(best: Nearest, owners: Rows, entries: Rows, apart: Rows) -> None:
    """Put the nearest of `entries` (of several, the first) in `best` where it is nearer than what is there."""
    order = np.lexsort((entries, apart, owners))
    owners, first = np.unique(owners[order], return_index=True)
    entries, apart = entries[order][first], apart[order][first]
    before = best.bits[owners]
    better = (apart < before) | ((apart == before) & (entries < best.entries[owners]))
    best.entries[owners[better]], best.bits[owners[better]] = entries[better], apart[better]


def _bands_a_word(count: int, distance: int, words: int) -> int:
    """Return how many bands a word is cut into, so that least is looked at for `count` hashes."""
    widest = min(_WIDEST, max(8, count.bit_length() + 2))

    def cost(a_word: int) -> int:
        bands, width = a_word * words, -(-_WORD // a_word)
        probes = sum(comb(width, flips) for flips in range(distance // bands + 1))
        return bands * probes * ((1 << width) + 2 * count) >> width

    return min((bands for bands in range(1, 9) if -(-_WORD // bands) <= widest), key=cost)


def _masks(width: int, flips: int) -> NDArray[np.int64]:
    """Return every number of `width` bits of which at most `flips` are set."""
    some = (bits for number in range(flips + 1) for bits in combinations(range(width), number))
    return np.array([sum(1 << bit for bit in bits) for bits in some], dtype=np.int64)


def _bits(words: NDArray[np.uint64], shift: int, width: int) -> NDArray[np.int64]:
    return ((words >> np.uint64(shift)) & np.uint64((1 << width) - 1)).astype(np.int64)


def _words(values: NDArray[np.bytes_]) -> NDArray[np.uint64]:
    """Return hashes as 64-bit words, uint64 (n, words)."""
    size = values.dtype.itemsize
    return np.ascontiguousarray(values).view(np.uint8).reshape(len(values), size).view(np.uint64)
