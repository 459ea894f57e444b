"""Pictures that were painted twice from the same noise: what changed between the two."""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

from toolkit.statistics.corrections import Estimate
from toolkit.statistics.intervals import normal_quantile


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


def paired_difference(b: int, c: int, n: int, confidence: float = 0.95) -> Estimate:
    """Return (b - c) / n, by how much a share changed over `n` pairs of which `b` changed one way and `c` the other.

    The interval is the adjusted Wald interval: with p = (b + 1) / (n + 2) and q = (c + 1) / (n + 2) it reaches z
    sqrt((p + q - (p - q)^2) / (n + 2)) to both sides of p - q; it holds the value, within [-1, 1], and has a width also
    where nothing changed. Raises ValueError for impossible counts. Source: Bonett and Price (2012), Journal of
    Educational and Behavioral Statistics 37, 479-488.
    """
    if min(b, c) < 0 or n < 1 or b + c > n:
        raise ValueError(f"{b} and {c} changes of {n} pairs are impossible; give counts of pairs, at least one")
    p, q = (b + 1) / (n + 2), (c + 1) / (n + 2)
    half = normal_quantile(0.5 + confidence / 2) * sqrt((p + q - (p - q) ** 2) / (n + 2))
    value = (b - c) / n
    return Estimate(value, min(value, max(-1.0, p - q - half)), max(value, min(1.0, p - q + half)))
