"""What a tool found among planted copies: recall of each kind of copy, and how many of its pairs are false."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

ORIGINAL = "original"


class Planted(NamedTuple):
    """Of which original a file is a copy, how it was made (`original` for the original itself), and of what kind."""

    family: str
    transform: str
    kind: str


class Found(NamedTuple):
    """`recall` by (kind, transform) as (found, planted); `pairs` that the tool reports, and `false` ones of these;
    `joined` pairs of different originals of which any two files were called copies."""

    recall: dict[tuple[str, str], tuple[int, int]]
    pairs: int
    false: int
    joined: int

    @property
    def precision(self) -> float | None:
        """The share of reported pairs that are copies of one original; None where nothing was reported."""
        return None if self.pairs == 0 else 1 - self.false / self.pairs


def pairs_of(answer: Mapping[str, Sequence[Sequence[str]]]) -> set[tuple[str, str]]:
    """Return the pairs of names, each ordered, of an answer that holds `pairs`, or `groups` of any size."""
    listed = [tuple(sorted(pair)) for pair in answer.get("pairs", ())]
    grouped = [pair for group in answer.get("groups", ()) for pair in combinations(sorted(set(group)), 2)]
    return {(one, other) for one, other in (*listed, *grouped)}


def score_matches(planted: Mapping[str, Planted], pairs: set[tuple[str, str]]) -> Found:
    """Return how well `pairs` of file names match `planted`: a copy is found if it is paired with its original."""
    known = [pair for pair in pairs if pair[0] in planted and pair[1] in planted]
    true = [pair for pair in known if planted[pair[0]].family == planted[pair[1]].family]
    found: Counter[tuple[str, str]] = Counter()
    for pair in true:
        copies = [planted[name] for name in pair if planted[name].transform != ORIGINAL]
        if len(copies) == 1:
            found[copies[0].kind, copies[0].transform] += 1
    there = Counter((one.kind, one.transform) for one in planted.values() if one.transform != ORIGINAL)
    families = {frozenset(planted[name].family for name in pair) for pair in known}
    joined = sum(len(pair) == 2 for pair in families)
    recall = {key: (found[key], there[key]) for key in sorted(there)}
    return Found(recall, len(known), len(known) - len(true), joined)
