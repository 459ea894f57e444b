"""What a selection on a map is made of, beside the whole map; and which values have a colour of their own there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from toolkit.report.map_pictures import NO_CONCEPT, NOT_READ
from toolkit.report.measured import NOT_TOLD, natural
from toolkit.report.palette import GREY, OKABE_ITO
from toolkit.report.wording import percent, percent_of, tone_name
from toolkit.statistics.intervals import wilson

COLOURS = OKABE_ITO[:6]  # all but the black one, which nobody sees on a dark page
OTHER = "all other"
UNKNOWN = (NOT_TOLD, NOT_READ, NO_CONCEPT)
HEADER = ("Selected", "Share of the selected", "On the whole map", "Share of the map")


class Part(NamedTuple):
    """Pictures that hold one `value`: `selected` of them, of the `whole` map's."""

    value: str
    selected: int
    whole: int


class Hue(NamedTuple):
    """How a value is drawn: the `name` that the legend has, a hex `colour`, and the `shape` that says the same."""

    name: str
    colour: str
    shape: str


# Plotly's names of marks. What nobody read is a hollow mark, so that grey ones are told apart too.
_SHAPES = ("circle", "diamond", "square", "triangle-up", "cross", "x")
_OTHER = Hue(OTHER, GREY, "circle")
_UNKNOWN = "circle-open"


def split(values: Sequence[str], selected: Sequence[bool]) -> list[Part]:
    """Return how many pictures hold each of `values` (one a picture), on the map and of those that are `selected`, the
    most on the map first; what nobody could tell comes last."""
    whole = Counter(values)
    chosen = Counter(value for value, taken in zip(values, selected, strict=True) if taken)
    parts = [Part(value, chosen[value], count) for value, count in whole.items()]
    return sorted(parts, key=lambda one: (one.value in UNKNOWN, -one.whole, natural(one.value)))


def split_cells(parts: Sequence[Part]) -> list[tuple[str, ...]]:
    """Return `parts` in words under their value and `HEADER`: a share of the selected with its Wilson interval, as if
    they were drawn at random; of the map as a census."""
    selected, whole = sum(one.selected for one in parts), sum(one.whole for one in parts)
    return [
        (
            tone_name(one.value),
            f"{one.selected:,}",
            percent_of(one.selected / selected, *wilson(one.selected, selected), None) if selected else "",
            f"{one.whole:,}",
            percent(one.whole / whole),
        )
        for one in parts
    ]


def hues(values: Sequence[str]) -> dict[str, Hue]:
    """Return how each of `values` (one a picture) is drawn: the six that most pictures hold each in a colour and a
    shape of its own, all others alike, in the order of a legend."""
    parts = split(values, [False] * len(values))
    known = [one.value for one in parts if one.value not in UNKNOWN]
    own = known[: len(COLOURS)]
    found = {
        value: Hue(tone_name(value), colour, shape) for value, colour, shape in zip(own, COLOURS, _SHAPES, strict=False)
    }
    found |= dict.fromkeys(known[len(own) :], _OTHER)
    return found | {one.value: Hue(one.value, GREY, _UNKNOWN) for one in parts if one.value in UNKNOWN}
