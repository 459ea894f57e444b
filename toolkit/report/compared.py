"""Rows of a comparison in words: a share here and there, how far they are apart, and what became of single pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from toolkit.report.sections.section import concept, signed
from toolkit.report.wording import percent, q_value
from toolkit.statistics.corrections import Estimate
from toolkit.statistics.paired import paired_difference

HEADER = (
    "Concept",
    "Here",
    "There",
    "Points",
    "q",
    "Pairs of one seed",
    "Gained / lost",
    "Points of pairs",
    "Paired q",
)
CONFIDENCE = 0.95


def difference_cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return cells under `HEADER` of a row of a comparison; where nothing could be compared, they say why."""
    if row["not_measurable"] is not None:
        return (concept(row["slice"]), "", "", f"not compared: {row['not_measurable']}", *[""] * 5)
    pairs = ("", "", "")
    if row["pairs"]:
        pairs = (f"{row['pairs']:,}", f"{row['gained']:,} / {row['lost']:,}", paired_in_words(row))
    return (
        concept(row["slice"]),
        f"{percent(row['share_a'])} of {row['n_a']:,}",
        f"{percent(row['share_b'])} of {row['n_b']:,}",
        difference_in_words(row),
        "" if row["q"] is None else q_value(row["q"]),
        *pairs,
        "" if row["paired_q"] is None else f"paired {q_value(row['paired_q'])}",
    )


def paired(row: Mapping[str, Any]) -> Estimate | None:
    """Return how much more often pictures of one prompt and seed show the group there than here, in [-1, 1], with the
    interval of Bonett and Price (2012); None where none were paired."""
    if not row["pairs"]:
        return None
    return paired_difference(row["gained"], row["lost"], row["pairs"], row["confidence"] or CONFIDENCE)


def paired_in_words(row: Mapping[str, Any]) -> str:
    """Return "+5 [-3, 12]" of the difference of pictures of one seed in points; empty where none were paired."""
    one = paired(row)
    return "" if one is None else f"{signed(one.value)} [{100 * one.low:.0f}, {100 * one.high:.0f}]"


def difference_in_words(row: Mapping[str, Any]) -> str:
    """Return "+12 [3, 20]" of a difference of shares in points; a census has no interval."""
    ends = "" if row["low"] is None else f" [{100 * row['low']:.0f}, {100 * row['high']:.0f}]"
    return f"{signed(row['value'])}{ends}"
