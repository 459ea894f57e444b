"""Shares held against fixed ones: how far all groups together, and each of them, lie from a reference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from toolkit.audit.measuring.rows import Row, make_row
from toolkit.audit.measuring.tallies import Place, Tally
from toolkit.audit.subjects import ALL
from toolkit.statistics.comparisons import binomial_test
from toolkit.statistics.distance_test import total_variation_p
from toolkit.statistics.distances import total_variation
from toolkit.statistics.intervals import total_variation_interval, wilson
from toolkit.statistics.noise_floor import total_variation_floor


class Held(NamedTuple):
    """What a `tally` holds of `values`, and the fixed `shares` of these that `reference` names."""

    place: Place
    tally: Tally
    values: Sequence[str]
    shares: Sequence[float]
    reference: str
    confidence: float


def distance_row(held: Held, measure: str) -> Row:
    """Return the total variation from the reference, as `measure`, with its interval, the floor of a generator that has
    these shares, and p of such a one showing as much."""
    place, tally, values, shares, reference, confidence = held
    counts = [tally.drawn(group)[0] for group in values]
    low, high = total_variation_interval(counts, shares, confidence)
    return make_row(
        place,
        ALL,
        measure,
        tally,
        value=total_variation([tally.values[group] / tally.n for group in values], shares),
        low=low,
        high=high,
        confidence=confidence,
        method="wilson, joint",
        floor=total_variation_floor(min(tally.n, tally.n_effective), len(values), reference=shares),
        reference=reference,
        p=total_variation_p(counts, shares),
    )


def difference_rows(held: Held, measure: str) -> list[Row]:
    """Return the share of each value minus that of the reference, as `measure`: interval, floor and exact p."""
    place, tally, values, shares, reference, confidence = held
    rows = []
    for group, share in zip(values, shares, strict=True):
        hits, n = tally.drawn(group)
        low, high = wilson(hits, n, confidence)
        figures: Row = {"value": tally.values[group] / tally.n - share, "low": low - share, "high": high - share}
        figures |= {"confidence": confidence, "method": "wilson, reference fixed", "reference": reference}
        figures["floor"] = total_variation_floor(n, 2, reference=[share, 1 - share])
        figures["p"] = binomial_test(hits, n, share).p
        rows.append(make_row(place, group, measure, tally, **figures))
    return rows
