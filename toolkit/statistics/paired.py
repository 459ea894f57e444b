"""Pictures that were painted twice from the same noise: what changed between the two."""

from __future__ import annotations

from typing import NamedTuple


class PairedTest(NamedTuple):
    """`difference` is (b - c) over the pairs that changed, in [-1, 1]; `p` the two-sided exact p of no change."""

    difference: float
    p: float


def mcnemar(b: int, c: int) -> PairedTest:
    """Return McNemar's exact test of `b` pairs that changed one way and `c` that changed the other.

    Pairs that stayed the same say nothing of the direction. Without a change p is 1. Raises ValueError for counts below
    zero. Source: McNemar (1947), Psychometrika 12; exact form: Fleiss, Levin and Paik (2003), section 13.1.
    """
    if b < 0 or c < 0:
        raise ValueError(f"{b} and {c} changes are impossible; give counts of pairs, 0 or more")
    if b + c == 0:
        return PairedTest(0.0, 1.0)
    from scipy.stats import binom  # slow to import, and seldom asked for

    p = min(1.0, 2 * float(binom.cdf(min(b, c), b + c, 0.5)))
    return PairedTest((b - c) / (b + c), p)
