"""Pictures of one prompt and seed in two audits, as the vectors that one network gave to both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from toolkit.audit.comparing.same_noise import Name, Painted
from toolkit.audit.comparing.sides import Pair
from toolkit.audit.embeddings import TABLE, Embeddings, read_embeddings
from toolkit.audit.subjects import ALL, PAIR, SAMPLE, Subject
from toolkit.store import RunFolder

Reals = NDArray[np.float64]
NO_VECTORS = "one of the audits has no embeddings of its pictures: no annotator of it reads them"
OTHER_NETWORKS = "the audits read their pictures by two networks, whose vectors do not compare; audit one of them again"
NO_TWINS = "no prompt was painted from the same seed in both"


class TwinVectors(NamedTuple):
    """n pictures of one prompt, as it was written, and seed in both audits: `before` and `after` (n, d) are their unit
    vectors, `slices` the concepts that both count for. `network` is who saw them, by its fingerprint."""

    network: str
    prompts: tuple[str, ...]
    seeds: tuple[int, ...]
    slices: tuple[tuple[str, ...], ...]
    before: Reals
    after: Reals

    def of_slice(self, name: str) -> TwinVectors:
        """Return those that count for the slice `name`, or all of them."""
        chosen = [place for place, some in enumerate(self.slices) if name == ALL or name in some]
        return TwinVectors(
            self.network,
            tuple(self.prompts[place] for place in chosen),
            tuple(self.seeds[place] for place in chosen),
            tuple(self.slices[place] for place in chosen),
            self.before[chosen],
            self.after[chosen],
        )


class _Keyed(NamedTuple):
    kind: str
    subject_id: str


def twin_vectors(
    runs: tuple[RunFolder, RunFolder], painted: tuple[Painted, Painted], pair: Pair, table: str = TABLE
) -> TwinVectors | str:
    """Return the twins of `pair` in two audits that have a vector in `table` on both sides, by prompt and seed; or why
    there are none. A prompt and seed that occur twice on a side are left out."""
    found = [_read(run, one.subjects, table) for run, one in zip(runs, painted, strict=True)]
    if found[0] is None or found[1] is None:
        return NO_VECTORS
    if found[0].network != found[1].network:
        return OTHER_NETWORKS
    named = [
        _named(one.subjects, origin, seen)
        for one, origin, seen in zip(painted, pair, (found[0], found[1]), strict=True)
    ]
    names = sorted(named[0].keys() & named[1].keys())
    if not names:
        return NO_TWINS
    places = [np.array([side[name] for name in names], np.int64) for side in named]
    slices = [
        tuple(one for one in painted[0].subjects[first].slices if one in painted[1].subjects[second].slices)
        for first, second in zip(places[0].tolist(), places[1].tolist(), strict=True)
    ]
    return TwinVectors(
        found[0].network,
        tuple(prompt for prompt, _ in names),
        tuple(seed for _, seed in names),
        tuple(slices),
        found[0].of(places[0]),
        found[1].of(places[1]),
    )


def data_vectors(run: RunFolder, network: str, table: str = TABLE) -> Reals:
    """Return the vectors (m, d) that `network` gave to the pairs of the data of the audit `run`, in the order of their
    ids; (0, 0) where there are none."""
    holder = run.find(table)
    if holder is None:
        return np.zeros((0, 0))
    rows = holder.read(table, columns=["subject_kind", "subject_id", "network"])
    chosen = rows.filter(pc.and_(pc.equal(rows["subject_kind"], PAIR), pc.equal(rows["network"], network)))
    keys = [_Keyed(PAIR, name) for name in sorted(chosen["subject_id"].to_pylist())]
    found = read_embeddings(holder, keys, table, network=network) if keys else None
    return np.zeros((0, 0)) if found is None else found.of(np.arange(len(keys)))


def _read(run: RunFolder, subjects: Sequence[Subject], table: str) -> Embeddings | None:
    return read_embeddings(run.find(table), subjects, table)


def twin_places(subjects: Sequence[Subject], origin: str) -> dict[Name, int]:
    """Return the place among `subjects` of each painted picture of `origin` by its prompt, as it was written, and seed;
    those that occur twice are left out."""
    found: dict[Name, int] = {}
    times = Counter[Name]()
    for place, one in enumerate(subjects):
        if one.kind == SAMPLE and one.origin == origin and one.seed is not None:
            times[one.caption, one.seed] += 1
            found[one.caption, one.seed] = place
    return {name: place for name, place in found.items() if times[name] == 1}


def _named(subjects: Sequence[Subject], origin: str, seen: Embeddings) -> dict[Name, int]:
    """Return those of `twin_places` that have a vector."""
    has = seen.has(np.arange(len(subjects)))
    return {name: place for name, place in twin_places(subjects, origin).items() if has[place]}
