"""How 64-bit hashes are cut into bands, so that near ones share a bucket or lie in neighbouring buckets of one band.

Multi-index hashing (Norouzi, Punjani and Fleet, arXiv 1307.2982, section 3): let a distance of r bits be shared by m
bands, r = m k + a with 0 <= a < m. Of two hashes within r bits, one of the first a + 1 bands differs in at most k bits,
or one of the others in at most k - 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise
from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

HASH_BITS = 64
NARROW = 18  # bits: a table of 2**18 buckets fits a processor's cache
WIDE = 22  # bits: of parts of a table, which hold a few of its buckets each
_BUCKET_SECONDS = 4e-5  # to gather the neighbours of one bucket, measured
_PAIR_SECONDS = 7e-10  # to compare two hashes in a block, measured


class Band(NamedTuple):
    """Bits `shift` to `shift + width` of a hash, in which near hashes differ in at most `radius` bits."""

    shift: int
    width: int
    radius: int

    def values(self, hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
        """Return the bits of the band, shifted to the right, uint64 of the shape of `hashes`."""
        return (hashes >> np.uint64(self.shift)) & np.uint64((1 << self.width) - 1)

    def masks(self) -> NDArray[np.int64]:
        """Return what turns a bucket's number into those of all buckets within `radius` bits, itself first."""
        masks = [0]
        for flips in range(1, self.radius + 1):
            masks += [sum(1 << bit for bit in bits) for bits in combinations(range(self.width), flips)]
        return np.array(masks, np.int64)


def choose_bands(index: int, queries: int, distance: int, widest: int = NARROW) -> tuple[Band, ...]:
    """Return the bands that find all pairs within `distance` bits among `index` x `queries` hashes in the least time.

    One band of width 0 means that all are compared with all: the fastest way for a few thousand hashes, and for
    distances so large that no bucket could be passed over. No band has more than `widest` bits.
    """
    cuts = [_cut(count, distance) for count in range(3, 17)]
    options = [(Band(0, 0, 0),), *(bands for bands in cuts if max(band.width for band in bands) <= widest)]
    return min(options, key=lambda bands: seconds(bands, index, queries))


def _cut(count: int, distance: int) -> tuple[Band, ...]:
    """Return `count` bands of about equal width; those that cannot be the one with few differences are left out."""
    share, rest = divmod(distance, count)
    edges = [HASH_BITS * band // count for band in range(count + 1)]
    bands = [
        Band(low, high - low, share if band <= rest else share - 1) for band, (low, high) in enumerate(pairwise(edges))
    ]
    return tuple(band for band in bands if band.radius >= 0)


def seconds(bands: Sequence[Band], index: int, queries: int) -> float:
    """Return about how long a search by `bands` takes one core, in seconds: to be compared with that by others."""
    total = 0.0
    for band in bands:
        buckets = 1 << band.width
        neighbours = sum(comb(band.width, flips) for flips in range(min(band.radius, band.width) + 1))
        total += min(buckets, queries) * (_BUCKET_SECONDS + neighbours * 2e-8)
        total += _PAIR_SECONDS * neighbours * index * queries / buckets
    return total
