"""What a perceptual hash alone would have erased: the usual rule, counted on every run and never applied."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toolkit.curate.duplicates.clusters import clusters, keepers
from toolkit.curate.duplicates.fingerprints import hash_bytes
from toolkit.curate.duplicates.perceptual import Pairs, candidates

COLUMNS = ("perceptual_hash", "gender_named", "skin_tone_named", "width", "height", "source")
DISTANCE = 10  # the default of imagededup, and what most scripts use
EXAMPLES = 12


class _Twins(NamedTuple):
    """Two rows of one source that the hash takes for one and whose captions name another gender or skin tone."""

    bits: int
    first: str
    second: str
    row: int


def count_naive(rows: pa.Table) -> dict[str, object]:
    """Return what "hashes within 10 bits, union-find, keep one" would lose of `rows` (sample_id and `COLUMNS`).

    rows_lost: all rows but one a cluster. variants_lost_by_gender_or_tone: those of them whose caption names a gender
    or skin tone that the caption of the row kept in their place does not. examples: up to 12 [sample_id, sample_id],
    two rows of one source that the hash takes for one although their captions name another gender or skin tone;
    the nearest of a cluster, nearest first.
    """
    named = list(zip(rows["gender_named"].to_pylist(), rows["skin_tone_named"].to_pylist(), strict=True))
    sample_ids = rows["sample_id"].to_pylist()
    joined: list[tuple[int, int]] = []
    twins: list[_Twins] = []
    hashes = hash_bytes(rows["perceptual_hash"].to_pylist())
    alike = _codes(named), _codes(rows["source"].to_pylist())
    for pairs in candidates(rows["perceptual_hash"].to_pylist(), DISTANCE):
        joined.extend(zip(pairs[0].tolist(), pairs[1].tolist(), strict=True))
        twins.extend(_twins(pairs, hashes, alike, sample_ids))
    labels = clusters(rows.num_rows, joined)
    pixels = [w * h for w, h in zip(rows["width"].to_pylist(), rows["height"].to_pylist(), strict=True)]
    stays = keepers(labels, pixels, sample_ids).tolist()
    lost = [row for row, kept in enumerate(stays) if kept != row]
    return {
        "rows_lost": len(lost),
        "variants_lost_by_gender_or_tone": sum(any(named[row]) and named[row] != named[stays[row]] for row in lost),
        "examples": _examples(twins, labels),
    }


def _twins(
    pairs: Pairs, hashes: NDArray[np.uint8], alike: tuple[NDArray[np.int64], NDArray[np.int64]], sample_ids: list[str]
) -> list[_Twins]:
    (first, second), (named, source) = pairs, alike
    wanted = (named[first] != named[second]) & (source[first] == source[second])
    first, second = first[wanted], second[wanted]
    bits = np.bitwise_count(hashes[first] ^ hashes[second]).sum(axis=1, dtype=np.int64)
    return [
        _Twins(apart, min(sample_ids[i], sample_ids[j]), max(sample_ids[i], sample_ids[j]), i)
        for apart, i, j in zip(bits.tolist(), first.tolist(), second.tolist(), strict=True)
    ]


def _examples(twins: list[_Twins], labels: NDArray[np.int64]) -> list[list[str]]:
    nearest: dict[int, _Twins] = {}
    for one in sorted(twins):
        nearest.setdefault(int(labels[one.row]), one)
    return [[one.first, one.second] for one in list(nearest.values())[:EXAMPLES]]


def _codes(values: Sequence[object]) -> NDArray[np.int64]:
    """Return a number for each of `values`, equal for equal ones."""
    codes: dict[object, int] = {}
    return np.array([codes.setdefault(value, len(codes)) for value in values], dtype=np.int64)
