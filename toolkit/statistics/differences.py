"""Two shares compared by the intervals that they already have, whatever these hold: labels, or corrections too."""

from __future__ import annotations

from math import erfc, sqrt

from toolkit.statistics.corrections import Estimate
from toolkit.statistics.intervals import normal_quantile

_ROUNDING = 1e-9


def hybrid_difference(first: Estimate, second: Estimate) -> Estimate:
    """Return `second` minus `first`, in [-1, 1], with the interval that their own two intervals imply.

    Each end adds, in quadrature, how far the two shares may lie from their values on the sides that make the
    difference smaller, or greater. From Wilson intervals this is Newcombe's hybrid score interval; the same recovery of
    variances serves other intervals of independent estimates, and has their confidence. Raises ValueError where a value
    lies outside its own interval. Source: Newcombe (1998), Statistics in Medicine 17, 873-890, method 10; Zou and
    Donner (2008), Statistics in Medicine 27, 1693-1702.
    """
    down, up = _reach(first, second)
    difference = second.value - first.value
    return Estimate(difference, max(-1.0, difference - down), min(1.0, difference + up))


def implied_p(first: Estimate, second: Estimate, confidence: float = 0.95) -> float:
    """Return the two-sided p of `first` and `second` being equal, in [0, 1], by the errors that their intervals imply.

    The standard error is that side of `hybrid_difference` that faces no difference, over the normal quantile of
    `confidence`; so p is below 1 - confidence just where that interval leaves out 0. Raises ValueError for a confidence
    outside (0, 1), and for two different values without any error, which nothing can be said about. Source: as
    `hybrid_difference`.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence of {confidence} is impossible; give a number between 0 and 1, such as 0.95")
    down, up = _reach(first, second)
    difference = second.value - first.value
    if difference == 0:
        return 1.0
    error = (down if difference > 0 else up) / normal_quantile(0.5 + confidence / 2)
    if error == 0:
        raise ValueError(f"{first.value} and {second.value} have intervals of no width; nothing tests their difference")
    return erfc(abs(difference) / error / sqrt(2))


def _reach(first: Estimate, second: Estimate) -> tuple[float, float]:
    """Return how far the difference may lie below and above its value."""
    for one in (first, second):
        if not one.low - _ROUNDING <= one.value <= one.high + _ROUNDING:
            raise ValueError(f"{one.value} lies outside its interval [{one.low}, {one.high}]; give an interval of it")
    down = sqrt((second.value - second.low) ** 2 + (first.high - first.value) ** 2)
    up = sqrt((second.high - second.value) ** 2 + (first.value - first.low) ** 2)
    return down, up
