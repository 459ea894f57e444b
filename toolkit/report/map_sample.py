"""Which pictures a map shows where there are too many: as many of each stratum as its size says, and a few of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from toolkit.seeds import framed, hash_after

LEAST = 20  # pictures of every stratum that has so many: fewer are no cloud that one sees


def stratified(strata: Sequence[str], ids: Sequence[str], most: int, *, least: int = LEAST) -> NDArray[np.int64]:
    """Return the places of at most `most` of the pictures called `ids`, each of the stratum beside it, ascending.

    Each stratum has as many as `allotted` says, those of the least hashes of their ids: so the order of rows says
    nothing, and whoever else draws from the same pictures draws the same. All where there are no more than `most`.
    Raises ValueError where `strata` and `ids` differ in length.
    """
    if len(strata) != len(ids):
        raise ValueError(f"{len(strata)} strata of {len(ids)} pictures; each picture has one")
    if len(ids) <= most:
        return np.arange(len(ids), dtype=np.int64)
    names, of = np.unique(np.asarray(strata, dtype=object).astype(str), return_inverse=True)
    sizes = np.bincount(of, minlength=len(names))
    wanted = allotted(dict(zip(names.tolist(), sizes.tolist(), strict=True)), most, least=least)
    first = framed("map")
    hashes = np.array([hash_after(first, one) for one in ids])
    order = np.lexsort((hashes, of))
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    taken = [
        order[start : start + wanted[name]]
        for start, name in zip(starts.tolist(), names.tolist(), strict=True)
    ]  # fmt: skip
    return np.sort(np.concatenate(taken)).astype(np.int64)


def allotted(sizes: Mapping[str, int], most: int, *, least: int = LEAST) -> dict[str, int]:
    """Return how many of `most` pictures each stratum has, by its name, of how many there are in each (`sizes`).

    Strata whose proportionate part is less than `least` have that many, or all they hold; the rest is shared out among
    the others by size, and what rounding leaves goes to the largest remainders (Hamilton). The parts sum to `most`, or
    to all there are. Where so many strata leave no room, `least` is what there is room for.
    """
    total = sum(sizes.values())
    if total <= most:
        return dict(sizes)
    least = min(least, most // len(sizes))
    fixed: dict[str, int] = {}
    while True:
        rest = {name: size for name, size in sizes.items() if name not in fixed}
        room, among = most - sum(fixed.values()), sum(rest.values())
        small = {name: min(size, least) for name, size in rest.items() if size * room < min(size, least) * among}
        if not small:
            break
        fixed |= small
    parts = {name: size * room // among for name, size in rest.items()}
    left = room - sum(parts.values())
    by_remainder = sorted(rest, key=lambda name: (-(rest[name] * room % among), name))
    for name in by_remainder[:left]:
        parts[name] += 1
    return fixed | parts
