"""Rows whose pictures look the same: within one table, as clusters, or between two."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.curate.duplicates.banded_join import PartByPart
from toolkit.curate.duplicates.clusters import Clusters
from toolkit.curate.duplicates.fingerprinted import Fingerprinted, Rows
from toolkit.curate.duplicates.hamming import Accept, join_found, search
from toolkit.curate.duplicates.looks import Looks
from toolkit.curate.duplicates.shown import lie_elsewhere, lying
from toolkit.curate.duplicates.views import CROPS, WHOLE, Window

_PAIRS = 1 << 10  # whose colours are compared, or whose parts are aligned, at a time
_WHOLE = np.array(WHOLE, np.float32)


def look_alike(
    prints: Fingerprinted,
    looks: Looks,
    groups: Rows,
    accept: Accept,
    accept_flipped: Accept,
    large: PartByPart | None = None,
) -> Rows:
    """Return for each row the first row of its cluster, int64 (n,).

    Rows of different `groups`, int64 (n,), are never compared. `accept(i, j)` has the last word on rows i and j,
    `accept_flipped(i, j)` where one is the mirror image of the other. How `large` searches are done: see `search`.
    """
    clusters = Clusters(len(prints))
    for one in _searches(prints, prints, looks):
        others = None if one.others is one.hashes else one.others
        found = search(one.hashes, others, one.distance, clusters, large)
        last_word = accept_flipped if one.flip else accept
        join_found(clusters, found, _all_three(one.test, groups, last_word))
    return clusters.labels()


def looks_between(
    prints: Fingerprinted, others: Fingerprinted, looks: Looks, large: PartByPart | None = None
) -> Iterator[tuple[Rows, Rows, Rows]]:
    """Yield (i, j, bits): row i of `prints` looks the same as row j of `others`, by hashes that differ in `bits`.

    A pair may come more than once.
    """
    for one in _searches(prints, others, looks):
        yield from one.found(large)
    for one in _crop_searches(others, prints, looks):
        yield from ((mine, theirs, bits) for theirs, mine, bits in one.found(large))


class _Search(NamedTuple):
    """One way in which pictures may look the same: `hashes` of the first and `others` of the second within `distance`
    bits, and the `test` on rows i and j of which they are. `flip`: whether one would be the other's mirror image."""

    hashes: NDArray[np.uint64]
    others: NDArray[np.uint64]
    distance: int
    test: Accept
    flip: bool = False

    def found(self, large: PartByPart | None) -> Iterator[tuple[Rows, Rows, Rows]]:
        """Yield the rows that `test` confirms, and the bits they differ in."""
        for first, second in search(self.hashes, self.others, self.distance, large=large):
            sure = self.test(first, second)
            i, j = first[sure], second[sure]
            yield i, j, np.bitwise_count(self.hashes[i] ^ self.others[j]).astype(np.int64)


def _searches(left: Fingerprinted, right: Fingerprinted, looks: Looks) -> Iterator[_Search]:
    twin = _Twin(left, right, looks)
    yield _Search(left.whole, right.whole, looks.distance, twin.same)
    if looks.flips:
        yield _Search(left.whole, right.flipped, looks.distance, twin.flipped, flip=True)
    yield _Search(left.content, right.content, looks.distance, twin.same_content)
    if looks.flips:
        yield _Search(left.content, right.flipped_content, looks.distance, twin.flipped_content, flip=True)
    yield from _crop_searches(left, right, looks)


def _crop_searches(left: Fingerprinted, right: Fingerprinted, looks: Looks) -> Iterator[_Search]:
    """Yield the searches for pictures of `right` that show a crop of one of `left`."""
    twin = _Twin(left, right, looks)
    for crop in range(len(CROPS) if looks.crops else 0):
        hashes = left.crop(crop)
        yield _Search(hashes, right.whole, looks.crop_distance, twin.crop(crop, hashes))


class _Twin(NamedTuple):
    """The tests on row i of `left` and row j of `right`, whose hashes are near."""

    left: Fingerprinted
    right: Fingerprinted
    looks: Looks

    def same(self, first: Rows, second: Rows) -> NDArray[np.bool_]:
        return self._same_colours(first, second, flip=False)

    def flipped(self, first: Rows, second: Rows) -> NDArray[np.bool_]:
        return self._same_colours(first, second, flip=True)

    def _same_colours(self, first: Rows, second: Rows, *, flip: bool) -> NDArray[np.bool_]:
        # The distance of means is no more than the mean distance, and quickly known.
        apart = np.linalg.norm(self.left.colour[first] - self.right.colour[second], axis=1)
        same: NDArray[np.bool_] = apart <= self.looks.mean_colour
        same[same] = _in_parts(partial(self._same_grids, flip=flip), first[same], second[same])
        return same

    def _same_grids(self, first: Rows, second: Rows, *, flip: bool) -> NDArray[np.bool_]:
        return self.looks.same_colours(self.left.grids[first], self.right.grids[second], flip=flip)

    def same_content(self, first: Rows, second: Rows) -> NDArray[np.bool_]:
        """Return whether two show the same, elsewhere in their pictures."""
        return self._same_content(first, second, flip=False)

    def flipped_content(self, first: Rows, second: Rows) -> NDArray[np.bool_]:
        return self._same_content(first, second, flip=True)

    def _same_content(self, first: Rows, second: Rows, *, flip: bool) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = self._near_colours(first, second)
        found[found] = lie_elsewhere(self.left.boxes[first[found]], self.right.boxes[second[found]], flip=flip)
        found[found] = _in_parts(partial(self._same_part, crop=None, flip=flip), first[found], second[found])
        return found

    def crop(self, crop: int, hashes: NDArray[np.uint64]) -> Accept:
        """Return the test on whether row j of `right` shows that crop of row i of `left`, of the crops' `hashes`."""

        def shows(first: Rows, second: Rows) -> NDArray[np.bool_]:
            shown = self.right.whole[second]
            bits = np.bitwise_count(hashes[first] ^ shown)
            found: NDArray[np.bool_] = bits < np.bitwise_count(self.left.whole[first] ^ shown)
            found &= bits < np.bitwise_count(self.left.content[first] ^ self.right.content[second])
            found[found] = self._near_colours(first[found], second[found])
            found[found] = _in_parts(partial(self._fits_best, crop=crop), first[found], second[found])
            test = partial(self._same_part, crop=CROPS[crop], flip=False)
            found[found] = _in_parts(test, first[found], second[found])
            return found

        return shows

    def _fits_best(self, first: Rows, second: Rows, *, crop: int) -> NDArray[np.bool_]:
        """Return whether no other crop fits better, so that each pair is looked at once."""
        bits = np.bitwise_count(self.left.crops(first) ^ self.right.whole[second][:, None])
        return np.asarray(bits.argmin(axis=1) == crop, bool)

    def _near_colours(self, first: Rows, second: Rows) -> NDArray[np.bool_]:
        contrast = np.minimum(self.left.contrast[first], self.right.contrast[second])
        return self.looks.near_colours(self.left.shown_colour[first], self.right.shown_colour[second], contrast)

    def _same_part(self, first: Rows, second: Rows, *, crop: Window | None, flip: bool) -> NDArray[np.bool_]:
        """Return whether each second shows about that crop of the first; None: all that it shows."""
        left, right = self.left.shown_of(first), self.right.shown_of(second)
        right = right.mirrored() if flip else right
        starts = np.tile(_WHOLE, (len(first), 1)) if crop is None else lying(left, right, crop)
        return self.looks.same_part(left, right, starts)


def _all_three(test: Accept, groups: Rows, accept: Accept) -> Accept:
    """Return the test on rows that looks at their `groups`, then asks `test`, then `accept`."""

    def all_three(first: Rows, second: Rows) -> NDArray[np.bool_]:
        sure: NDArray[np.bool_] = groups[first] == groups[second]
        sure[sure] = test(first[sure], second[sure])
        if sure.any():
            sure[sure] = accept(first[sure], second[sure])
        return sure

    return all_three


def _in_parts(test: Accept, first: Rows, second: Rows) -> NDArray[np.bool_]:
    """Return what `test` says, asked for some pairs at a time, which bounds the memory of the grids that it reads."""
    parts = [slice(start, start + _PAIRS) for start in range(0, len(first), _PAIRS)]
    return np.concatenate([np.zeros(0, bool), *(test(first[part], second[part]) for part in parts)])
