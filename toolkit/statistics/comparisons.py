"""Tests of a rate against a reference, and of many at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray


class BinomialTest(NamedTuple):
    """`difference` is the observed rate minus the reference; `p` the two-sided exact probability of one as unlikely."""

    difference: float
    p: float


def binomial_test(k: int, n: int, reference: float = 0.5) -> BinomialTest:
    """Return the two-sided exact binomial test of `k` hits in `n` trials against the rate `reference`.

    `p` is the probability, were `reference` true, of an outcome no likelier than the observed one (the method of
    minimum likelihood; Fleiss, Levin and Paik 2003, section 2.4). No trials show nothing: difference 0, p 1.
    Raises ValueError for impossible counts or a reference outside [0, 1].
    """
    if not 0 <= k <= n:
        raise ValueError(f"{k} hits in {n} trials is impossible; give 0 <= k <= n")
    if not 0 <= reference <= 1:
        raise ValueError(f"a reference rate of {reference} is impossible; give a number in [0, 1]")
    if n == 0:
        return BinomialTest(0.0, 1.0)
    from scipy.stats import binomtest  # slow to import, and seldom asked for

    return BinomialTest(k / n - reference, float(min(1.0, binomtest(k, n, reference).pvalue)))


def benjamini_hochberg(p: ArrayLike) -> NDArray[np.float64]:
    """Return the adjusted p (q) of every test of one family, float64 in [0, 1], in the order of `p`.

    Calling a discovery wherever q <= a keeps the expected share of false ones among them at or below a, for
    independent or positively dependent tests. Raises ValueError where a p is not in [0, 1]: leave untested ones out.
    Source: Benjamini and Hochberg (1995), JRSS B 57, 289-300.
    """
    values = np.asarray(p, dtype=np.float64)
    if values.ndim != 1 or not bool(((values >= 0) & (values <= 1)).all()):
        raise ValueError(f"{values.tolist()} are not probabilities of tests; give one vector of numbers in [0, 1]")
    order = np.argsort(values, kind="stable")[::-1]
    ranks = np.arange(len(values), 0, -1)
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(np.minimum.accumulate(values[order] * len(values) / ranks), 1.0)
    return adjusted
