"""Near-duplicates: candidates by a perceptual hash, each confirmed by colour and, where there are any, embeddings.

A perceptual hash alone erases people: it sees shapes, so that pictures which differ only in a skin tone, or in the
hair of a woman and a man, are the same to it. Colour tells them apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit.curate.duplicates.clusters import clusters, keepers
from toolkit.curate.duplicates.fingerprints import colour_grids, hash_bytes
from toolkit.curate.duplicates.hamming import near_pairs
from toolkit.curate.resources import Embeddings
from toolkit.curate.rule import Reason, Scope, Status, Taken, show

_PAIRS = 1 << 16  # candidates compared at a time
Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True)
class PerceptualDuplicates:
    """Takes all but the largest of the pictures that look the same.

    Two look the same when their hashes differ in at most `distance` bits, the cells of their colour grids by at most
    `mean_colour` on average and `cell_colour` anywhere (CIELAB distance, CIE 1976; an eye sees about 2.3), and,
    with `embeddings` (content_ids -> unit vectors, NaN where there is none), their cosine is `cosine` or more.
    Rows whose captions name other people (`groups.people_named`) or skin tones are never joined.
    """

    distance: int
    mean_colour: float
    cell_colour: float
    cosine: float = 0.0
    embeddings: Embeddings | None = None
    name: str = "perceptual_duplicate"
    columns: tuple[str, ...] = (
        "content_id",
        "perceptual_hash",
        "colour_grid",
        "people_named",
        "skin_tone_named",
        "width",
        "height",
    )
    scope: Scope = "global"
    status: Status = "dropped"

    def judge(self, rows: pa.Table) -> Taken:
        """Return the copies that go; the value names the row that stays."""
        joined = (
            pair for chunk in self.confirmed(rows) for pair in zip(chunk[0].tolist(), chunk[1].tolist(), strict=True)
        )
        labels = clusters(rows.num_rows, joined)
        pixels = [w * h for w, h in zip(rows["width"].to_pylist(), rows["height"].to_pylist(), strict=True)]
        sample_ids = rows["sample_id"].to_pylist()
        stays = keepers(labels, pixels, sample_ids)
        taken = np.flatnonzero(stays != np.arange(len(stays)))
        return Taken(taken, lambda index: self._reason(sample_ids[stays[taken[index]]]))

    def _reason(self, kept: str) -> Reason:
        limit = f"{self.distance} bits, colour {show(self.mean_colour)} and {show(self.cell_colour)}"
        return Reason(self.name, kept, limit, f"looks the same as row {kept}, which stays")

    def confirmed(self, rows: pa.Table) -> Iterator[Pairs]:
        """Yield the pairs of rows, as positions, that hash, colour, captions and embedding all call the same."""
        grids = colour_grids(rows["colour_grid"].to_pylist())
        named = _codes(zip(rows["people_named"].to_pylist(), rows["skin_tone_named"].to_pylist(), strict=True))
        content_ids = rows["content_id"].to_pylist()
        for first, second in candidates(rows["perceptual_hash"].to_pylist(), self.distance):
            same = named[first] == named[second]
            first, second = first[same], second[same]
            apart = np.linalg.norm(grids[first] - grids[second], axis=-1)
            same = (apart.mean(axis=1) <= self.mean_colour) & (apart.max(axis=1, initial=0) <= self.cell_colour)
            first, second = first[same], second[same]
            if self.embeddings is not None and len(first):
                same = self._cosines(content_ids, first, second) >= self.cosine
                first, second = first[same], second[same]
            yield first, second

    def _cosines(
        self, content_ids: list[str], first: NDArray[np.int64], second: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        assert self.embeddings is not None
        ours = self.embeddings([content_ids[row] for row in first])
        theirs = self.embeddings([content_ids[row] for row in second])
        cosines: NDArray[np.float64] = (ours.astype(np.float64) * theirs).sum(axis=1)
        return np.round(cosines, 4)


def candidates(hashes: Sequence[str], distance: int) -> Iterator[Pairs]:
    """Yield pairs of rows, in chunks of bounded size, whose hashes differ in at most `distance` bits."""
    held: list[Pairs] = []
    size = 0
    for pairs in _pairs_of_groups(hashes, distance):
        held.append(pairs)
        size += len(pairs[0])
        if size >= _PAIRS:
            yield _joined(held)
            held, size = [], 0
    if held:
        yield _joined(held)


def _pairs_of_groups(hashes: Sequence[str], distance: int) -> Iterator[Pairs]:
    """Yield the pairs among rows that share a hash, then those between rows of two near hashes."""
    if not hashes:
        return
    distinct, place = np.unique(hash_bytes(hashes), axis=0, return_inverse=True)
    place = place.ravel()
    members = np.split(np.argsort(place, kind="stable"), np.cumsum(np.bincount(place))[:-1])
    for group in members:
        if len(group) > 1:
            yield from _crossed(group, group)
    for first, second in near_pairs(distinct, distance):
        for i, j in zip(first.tolist(), second.tolist(), strict=True):
            yield from _crossed(members[i], members[j])


def _crossed(these: NDArray[np.int64], those: NDArray[np.int64]) -> Iterator[Pairs]:
    """Yield all pairs of one group (each once), or of two groups, some rows at a time."""
    step = max(1, _PAIRS // len(those))
    for start in range(0, len(these), step):
        left = these[start : start + step]
        first, second = np.repeat(left, len(those)), np.tile(those, len(left))
        if these is those:
            once = first < second
            first, second = first[once], second[once]
        yield first, second


def _joined(held: list[Pairs]) -> Pairs:
    return np.concatenate([one[0] for one in held]), np.concatenate([one[1] for one in held])


def _codes(values: Iterator[tuple[str, str]]) -> NDArray[np.int64]:
    codes: dict[tuple[str, str], int] = {}
    return np.array([codes.setdefault(value, len(codes)) for value in values], dtype=np.int64)
