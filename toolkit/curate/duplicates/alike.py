"""Rows whose pictures look the same: within one table, as clusters, or between two."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.curate.duplicates.clusters import Clusters
from toolkit.curate.duplicates.colours import lab_of, mean_colours
from toolkit.curate.duplicates.fingerprint_file import FingerprintFile, Grids
from toolkit.curate.duplicates.hamming import Accept, join_found, search
from toolkit.curate.duplicates.looks import BORDER_GAIN, BORDER_SHARE, CROP_SHARE, PART_GAIN, Looks, cut
from toolkit.curate.duplicates.views import CROPS

_PAIRS = 1 << 10  # whose colours are compared at a time
_ROWS = 1 << 12  # whose fingerprints are read at a time
Rows = NDArray[np.int64]


class Fingerprinted(NamedTuple):
    """The fingerprints of n rows as arrays. Entries are the whole pictures 0 to n, then those without their borders.

    `rows` (entries,) is the row of each; `hashes` and `flipped` (entries,) uint64; `colours` (entries, 3) float32 the
    means of their `grids`, which stay in a file; `crops` (crops, n) uint64.
    """

    rows: Rows
    hashes: NDArray[np.uint64]
    flipped: NDArray[np.uint64]
    grids: Grids
    colours: NDArray[np.float32]
    crops: NDArray[np.uint64]

    @classmethod
    def of(cls, fingerprints: NDArray[np.uint64], file: FingerprintFile) -> Fingerprinted:
        """Return the fingerprints of rows from those that name them, uint64 (n,), all of which `file` holds."""
        places, size = file.places(fingerprints), len(fingerprints)
        views = np.empty((4, size), np.uint64)
        crops = np.empty((len(CROPS), size), np.uint64)
        colours = np.empty((2, size, 3), np.float32)
        bordered = np.empty(size, bool)
        for start in range(0, size, _ROWS):
            some = slice(start, start + _ROWS)
            found = file.records(places[some])
            views[:, some], crops[:, some] = np.split(found["view_hashes"].T, [4])
            colours[0, some], colours[1, some] = mean_colours(found["colour_grid"]), mean_colours(found["trimmed_grid"])
            bordered[some] = found["bordered"]
        inner = np.flatnonzero(bordered)
        return cls(
            np.concatenate([np.arange(size), inner]),
            np.concatenate([views[0], views[2, inner]]),
            np.concatenate([views[1], views[3, inner]]),
            file.grids(places, places[inner]),
            np.concatenate([colours[0], colours[1, inner]]),
            crops,
        )

    def __len__(self) -> int:
        """Return the number of rows."""
        return int(self.crops.shape[1])

    @property
    def whole(self) -> NDArray[np.uint64]:
        """The hashes of the whole pictures, uint64 (n,)."""
        return self.hashes[: len(self)]


def look_alike(prints: Fingerprinted, looks: Looks, groups: Rows, accept: Accept, accept_flipped: Accept) -> Rows:
    """Return for each row the first row of its cluster, int64 (n,).

    Rows of different `groups`, int64 (n,), are never compared. `accept(i, j)` has the last word on rows i and j,
    `accept_flipped(i, j)` where one is the mirror image of the other.
    """
    clusters = Clusters(len(prints.rows))
    clusters.join(prints.rows, np.arange(len(prints.rows)))
    twin = _Twin(prints, prints, looks)
    near = search(prints.hashes, None, looks.distance, clusters)
    join_found(clusters, near, twin.confirmed(twin.same, groups, accept))
    if looks.flips:
        found = search(prints.hashes, prints.flipped, looks.distance, clusters)
        join_found(clusters, found, twin.confirmed(twin.flipped, groups, accept_flipped))
    for crop in range(len(CROPS) if looks.crops else 0):
        found = search(prints.crops[crop], prints.whole, looks.crop_distance, clusters)
        join_found(clusters, found, twin.confirmed(twin.part(crop), groups, accept))
    return clusters.labels()[: len(prints)]


def looks_between(prints: Fingerprinted, others: Fingerprinted, looks: Looks) -> Iterator[tuple[Rows, Rows, Rows]]:
    """Yield (i, j, bits): row i of `prints` looks the same as row j of `others`, by hashes that differ in `bits`.

    A pair may come more than once.
    """
    twin = _Twin(prints, others, looks)
    yield from twin.found(prints.hashes, others.hashes, looks.distance, twin.same)
    if looks.flips:
        yield from twin.found(prints.hashes, others.flipped, looks.distance, twin.flipped)
    turned = _Twin(others, prints, looks)
    for crop in range(len(CROPS) if looks.crops else 0):
        yield from twin.found(prints.crops[crop], others.whole, looks.crop_distance, twin.part(crop))
        crops = turned.found(others.crops[crop], prints.whole, looks.crop_distance, turned.part(crop))
        yield from ((mine, theirs, bits) for theirs, mine, bits in crops)


class _Twin(NamedTuple):
    """The tests on the colours of entry i of `left` and entry j of `right`, whose hashes are near."""

    left: Fingerprinted
    right: Fingerprinted
    looks: Looks

    def same(self, first: Rows, second: Rows) -> NDArray[np.bool_]:
        return self._same_colours(first, second, flip=False)

    def flipped(self, first: Rows, second: Rows) -> NDArray[np.bool_]:
        return self._same_colours(first, second, flip=True)

    def _same_colours(self, first: Rows, second: Rows, *, flip: bool) -> NDArray[np.bool_]:
        # The distance of means is no more than the mean distance, and quickly known.
        apart = np.linalg.norm(self.left.colours[first] - self.right.colours[second], axis=1)
        same: NDArray[np.bool_] = apart <= self.looks.mean_colour
        grids = self.left.grids[first[same]], self.right.grids[second[same]]
        same[same] = self.looks.same_colours(*grids, flip=flip)
        unsure = np.flatnonzero(~same & ((first >= len(self.left)) | (second >= len(self.right))))
        same[unsure] = self._within_border(first[unsure], second[unsure], flip=flip)
        return same

    def _within_border(self, first: Rows, second: Rows, *, flip: bool) -> NDArray[np.bool_]:
        """Return whether entries look the same of which one at least was cut out of its border, a pixel too much."""
        mine, theirs = self.left.rows[first], self.right.rows[second]
        hashes = self.right.flipped if flip else self.right.hashes
        bits = np.bitwise_count(self.left.hashes[first] ^ hashes[second]).astype(np.int64)
        gain = np.bitwise_count(self.left.hashes[mine] ^ hashes[theirs]) - bits
        found = np.zeros(len(first), bool)
        some = np.flatnonzero(gain >= BORDER_GAIN)
        turn = slice(None, None, -1 if flip else 1)
        part, whole = lab_of(self.left.grids[first[some]]), lab_of(self.left.grids[mine[some]])
        shown, other = lab_of(self.right.grids[second[some]]), lab_of(self.right.grids[theirs[some]])
        found[some] = self.looks.part_explains(part, shown[:, :, turn], whole, other[:, :, turn], BORDER_SHARE)
        return found

    def part(self, crop: int) -> Accept:
        """Return the test on whether row j of `right` shows that part of row i of `left`."""

        def shows(first: Rows, second: Rows) -> NDArray[np.bool_]:
            crops = self.right.whole[second]
            as_part = np.bitwise_count(self.left.crops[crop, first] ^ crops).astype(np.int64)
            gain = np.bitwise_count(self.left.whole[first] ^ crops) - as_part
            found = np.zeros(len(first), bool)
            some = np.flatnonzero(gain >= PART_GAIN)
            whole, shown = lab_of(self.left.grids[first[some]]), lab_of(self.right.grids[second[some]])
            found[some] = self.looks.part_explains(cut(whole, CROPS[crop]), shown, whole, shown, CROP_SHARE)
            return found

        return shows

    def found(
        self, hashes: NDArray[np.uint64], others: NDArray[np.uint64], distance: int, test: Accept
    ) -> Iterator[tuple[Rows, Rows, Rows]]:
        """Yield the rows that `test` confirms of all entries whose hashes are near, and the bits they differ in."""
        for first, second in search(hashes, others, distance):
            sure = _in_parts(test, first, second)
            i, j = first[sure], second[sure]
            bits = np.bitwise_count(hashes[i] ^ others[j]).astype(np.int64)
            yield self.left.rows[i], self.right.rows[j], bits

    def confirmed(self, test: Accept, groups: Rows, accept: Accept) -> Accept:
        """Return the test on entries that looks at `groups` of their rows, then asks `test`, then `accept`."""

        def all_three(first: Rows, second: Rows) -> NDArray[np.bool_]:
            sure: NDArray[np.bool_] = groups[self.left.rows[first]] == groups[self.right.rows[second]]
            sure[sure] = _in_parts(test, first[sure], second[sure])
            if sure.any():
                sure[sure] = accept(self.left.rows[first[sure]], self.right.rows[second[sure]])
            return sure

        return all_three


def _in_parts(test: Accept, first: Rows, second: Rows) -> NDArray[np.bool_]:
    """Return what `test` says, asked for some pairs at a time, which bounds its memory."""
    parts = [slice(start, start + _PAIRS) for start in range(0, len(first), _PAIRS)]
    return np.concatenate([np.zeros(0, bool), *(test(first[part], second[part]) for part in parts)])
