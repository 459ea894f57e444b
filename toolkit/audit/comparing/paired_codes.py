"""What one annotator read in the pictures of two audits, one row for each prompt and seed of either."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from toolkit.audit.comparing.same_noise import Painted, Ruler, readings_by_noise
from toolkit.audit.comparing.sides import Pair

UNTOLD, ABSENT = -1, -2
Codes = NDArray[np.int64]


class PairedCodes(NamedTuple):
    """Pictures of a slice (n,) by prompt and seed: the `seeds`, and what was read `before` and `after`, places in the
    groups, -1 where it could not be told, -2 where that side has no such picture."""

    seeds: Codes
    before: Codes
    after: Codes


def paired_codes(
    first: Painted, second: Painted, pair: Pair, ruler: Ruler, slices: Collection[str]
) -> tuple[tuple[str, ...], dict[str, PairedCodes]]:
    """Return the groups that the annotator and attribute of `ruler` can read, and the pictures of `pair` in each of
    `slices` that both audits have. Nothing where one of them lacks that annotator."""
    if ruler not in first.readings or ruler not in second.readings:
        return (), {}
    groups = tuple(dict.fromkeys((*first.readings[ruler].values, *second.readings[ruler].values)))
    code = {group: place for place, group in enumerate(groups)}
    sides = [readings_by_noise(one, origin, ruler) for one, origin in zip((first, second), pair, strict=True)]
    names = sorted(sides[0].keys() | sides[1].keys())
    seeds: dict[int, int] = {}
    rows: dict[str, list[tuple[int, int, int]]] = {}
    for name in names:
        both = [side.get(name) for side in sides]
        codes = [ABSENT if one is None else UNTOLD if one.value is None else code[one.value] for one in both]
        number = seeds.setdefault(name[1], len(seeds))
        for slice_name in dict.fromkeys(name for one in both if one is not None for name in one.slices):
            if slice_name in slices:
                rows.setdefault(slice_name, []).append((number, codes[0], codes[1]))
    return groups, {one: PairedCodes(*np.array(some, np.int64).T) for one, some in rows.items()}
