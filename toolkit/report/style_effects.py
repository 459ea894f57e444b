"""What one word of a prompt changes in what is read: styles and other attributes of probes, on the same noise."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from toolkit.report.measured import RAW, Place, Row

EFFECT = "counterfactual_effect"


class Effect(NamedTuple):
    """The effect of one contrast of words, "style 'pencil' against 'plain'", as a row of measures."""

    words: str
    row: Row


def effects(rows: Iterable[Row], place: Place, slice_name: str) -> list[Effect]:
    """Return the raw effects on the share of the group of `place` in one slice, the strongest first; those that could
    not be measured come last."""
    found = []
    for row in rows:
        group, _, words = str(row["group"]).partition(": ")
        where = Place(row["subject"], row["attribute"], row["annotator"], group)
        here = where == place and row["slice"] == slice_name and row["correction"] == RAW
        if words and here and row["measure"] == EFFECT:
            found.append(Effect(words, row))
    return sorted(found, key=lambda one: (one.row["value"] is None, -abs(one.row["value"] or 0.0), one.words))
