"""What pixels say, told in words: how a model's pictures differ from the data's, and one group's from another's."""

from __future__ import annotations

from typing import NamedTuple

from toolkit.audit.recipe import SKIN_TONE, SKIN_TYPE
from toolkit.audit.subjects import ALL
from toolkit.audit.telling import wording
from toolkit.audit.telling.finding import (
    OTHERWISE,
    UNLIKE,
    Finding,
    Measures,
    Row,
    beyond_chance,
    is_sure,
    make_finding,
)


class Scale(NamedTuple):
    """The words for more and for less of a score, and the most that it can be (see `toolkit.statistics.content`)."""

    more: str
    less: str
    most: float


SCALES = {
    "colourfulness": Scale("more colourful", "less colourful", 110.0),
    "brightness": Scale("brighter", "darker", 1.0),
    "contrast": Scale("with more contrast", "with less contrast", 0.5),
    "saturation": Scale("more saturated", "less saturated", 1.0),
    "sharpness": Scale("sharper", "less sharp", 5.0),
    "centredness": Scale("nearer to the middle", "further from the middle", 1.0),
    "plain_ground": Scale("on a plainer ground", "on a busier ground", 1.0),
}
BY_COLOUR = frozenset({SKIN_TONE, SKIN_TYPE})  # read from colour and light, so that these differ between their groups
OF_LIGHT = frozenset({"colourfulness", "brightness", "contrast", "saturation"})


def tell_between(row: Row, known: Measures) -> Finding | None:
    """Return that one group's pictures are painted otherwise than another's, the mix of concepts aside.

    That pictures of a dark skin are dark is no finding.
    """
    score, _, groups = row["group"].partition(": ")
    if not is_sure(row) or score not in SCALES or (row["attribute"] in BY_COLOUR and score in OF_LIGHT):
        return None
    value, _, other = groups.rpartition(" against ")
    than = "than others" if other == "others" else f"than those {wording.presented(row | {'group': other})}"
    within = ", within concepts" if row["slice"] == ALL else ""
    title = (
        f"{row['subject']} paints {wording.whom(row)} {wording.presented(row | {'group': value})} {_how(row, score)} "
        f"{than}{within}: {_figures(row, score)}"
    )
    return make_finding(row, title, _strength(row, score), OTHERWISE)


def tell_from_data(row: Row, known: Measures) -> Finding | None:
    """Return how pictures of all concepts differ from the data's of the same concepts; concepts are in the tables."""
    score = row["group"]
    if row["slice"] != ALL or not is_sure(row) or score not in SCALES:
        return None
    title = (
        f"pictures of {row['subject']} are {_how(row, score)} than those of the data about the same concepts: "
        f"{_figures(row, score)}"
    )
    return make_finding(row, title, _strength(row, score), UNLIKE)


def _how(row: Row, score: str) -> str:
    return SCALES[score].more if row["value"] > 0 else SCALES[score].less


def _figures(row: Row, score: str) -> str:
    most, digits = SCALES[score].most, 1 if SCALES[score].most > 10 else 2
    ends = f"[{row['low']:.{digits}f}, {row['high']:.{digits}f}]"
    name, about = score.replace("_", " "), "" if most == 1.0 or score == "contrast" else "about "
    return f"{row['value']:+.{digits}f} {ends} ({name}, from 0 to {about}{most:g}), n = {row['n']}"


def _strength(row: Row, score: str) -> float:
    """Return how far the interval keeps from no difference beyond chance, in parts of what the score can be: a
    difference of 0.1 in brightness then weighs as one of 10 points in a share."""
    return beyond_chance(row) / SCALES[score].most
