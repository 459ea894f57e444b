"""What a perceptual hash alone would have erased: the usual rule, counted on every run and never applied."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit.curate.duplicates.banded_join import PartByPart
from toolkit.curate.duplicates.hamming import join_near, near_pairs
from toolkit.curate.duplicates.keepers import KeepPolicy
from toolkit.curate.duplicates.row_codes import row_codes

COLUMNS = ("perceptual_hash", "gender_named", "skin_tone_named", "width", "height", "source")
DISTANCE = 10  # the default of imagededup, and what most scripts use
EXAMPLES = 12
_ROWS = 20_000  # looked at for examples: those of them that name somebody, in the order of the input
Rows = NDArray[np.int64]


def count_naive(rows: pa.Table, large: PartByPart | None = None) -> dict[str, object]:
    """Return what "hashes within 10 bits, union-find, keep one" would lose of `rows` (sample_id and `COLUMNS`).

    rows_lost: all rows but one a cluster. variants_lost_by_gender_or_tone: those of them whose caption names a gender
    or skin tone that the caption of the row kept in their place does not. examples: up to 12 [sample_id, sample_id],
    two rows of one source that the hash takes for one although their captions name another gender or skin tone;
    the nearest of a cluster, nearest first, among the first 20,000 rows that name somebody. How `large` searches are
    done: see `hamming.search`.
    """
    hashes, place = np.unique(rows["perceptual_hash"].to_numpy(), return_inverse=True)
    labels = join_near(hashes, DISTANCE, lambda first, second: np.ones(len(first), bool), large)[place]
    stays = KeepPolicy().stays(labels, rows)
    lost = np.flatnonzero(stays != np.arange(len(stays)))
    named = row_codes(rows, ("gender_named", "skin_tone_named"))
    someone = _names_someone(rows)
    return {
        "rows_lost": len(lost),
        "variants_lost_by_gender_or_tone": int((someone[lost] & (named[lost] != named[stays[lost]])).sum()),
        "examples": _examples(rows, labels, named, np.flatnonzero(someone)[:_ROWS]),
    }


def _names_someone(rows: pa.Table) -> NDArray[np.bool_]:
    named = pc.or_(pc.not_equal(rows["gender_named"], ""), pc.not_equal(rows["skin_tone_named"], ""))
    return np.asarray(named.to_numpy(), bool)


def _first_of_equal(hashes: NDArray[np.uint64], named: Rows, sources: Rows, some: Rows) -> Rows:
    """Return the first of each of the rows `some` that do not differ: another is never in the nearest pair."""
    alike = {"hash": hashes[some], "named": named[some], "source": sources[some]}
    codes = row_codes(pa.table(alike), list(alike))
    return some[np.sort(np.unique(codes, return_index=True)[1])]


class _Twins(NamedTuple):
    """Pairs of rows, the cluster of each pair and the bits that their hashes differ in; int64 (n,) each."""

    label: Rows
    bits: Rows
    first: Rows
    second: Rows

    def nearest(self) -> _Twins:
        """Return the nearest pair of each cluster."""
        order = np.lexsort((self.second, self.first, self.bits, self.label))
        start = np.diff(self.label[order], prepend=-1) != 0
        return _Twins(*(column[order][start] for column in self))


def _examples(rows: pa.Table, labels: Rows, named: Rows, some: Rows) -> list[list[str]]:
    """Return the sample_ids of the pairs among the rows `some` that `count_naive` shows."""
    sources = row_codes(rows, ("source",))
    some = _first_of_equal(rows["perceptual_hash"].to_numpy(), named, sources, some)
    hashes = rows["perceptual_hash"].to_numpy()[some]
    held = _Twins(*(np.zeros(0, np.int64) for _ in range(4)))
    for i, j in near_pairs(hashes, DISTANCE):
        first, second = some[i], some[j]
        wanted = (named[first] != named[second]) & (sources[first] == sources[second])
        first, second = first[wanted], second[wanted]
        bits = np.bitwise_count(hashes[i[wanted]] ^ hashes[j[wanted]]).astype(np.int64)
        found = _Twins(labels[first], bits, first, second)
        held = _Twins(*(np.concatenate(pair) for pair in zip(held, found, strict=True))).nearest()
    order = np.lexsort((held.first, held.bits))[:EXAMPLES]
    sample_ids = rows["sample_id"]
    return [
        sorted((sample_ids[int(held.first[one])].as_py(), sample_ids[int(held.second[one])].as_py())) for one in order
    ]
