"""The words of findings: how people are presented and perceived in pictures, never who anyone is; and what pictures
are read as."""

from __future__ import annotations

from typing import Any

from toolkit.audit.measuring.rows import UNCORRECTED
from toolkit.audit.recipe import AGE, GENDER, OF_PEOPLE, SKIN_TONE
from toolkit.audit.subjects import ALL, DATA

Row = dict[str, Any]


def drawn_title(row: Row) -> str:
    """Return what a model paints and how often, of a share with its interval."""
    figures = f"{percent(row['value'])} of the time {interval(row)}, n = {row['n']}"
    if row["correction"] != UNCORRECTED:
        figures += ", corrected for the annotator's errors"
    return f"{row['subject']} paints {of_what(row)} {presented(row)} {figures}"


def of_what(row: Row) -> str:
    """Return the concept of `row` in quotes, or that it is of people, or pictures, of all."""
    return whom(row) if row["slice"] != ALL else f"{whom(row)}, over all probes,"


def whom(row: Row) -> str:
    """Return the concept of `row` in quotes, or `people` or `pictures` where it is of all."""
    if row["slice"] != ALL:
        return f"'{row['slice']}'"
    return "people" if row["attribute"] in OF_PEOPLE else "pictures"


def presented(row: Row) -> str:
    """Return how the group of `row` reads: presented as, or perceived as, of a person; of a picture, what it is read
    as."""
    if row["attribute"] == GENDER:
        return f"presented as a {row['group']}"
    if row["attribute"] == SKIN_TONE:
        return f"with a skin tone perceived as {tone(row['group'])}"
    if row["attribute"] == AGE:
        return f"with an age perceived as {row['group']}"
    if row["attribute"] in OF_PEOPLE:
        return f"perceived as {row['group']} ({row['attribute']})"
    return f"read as {row['group']} ({row['attribute']})"


def census_title(row: Row) -> str:
    """Return what a dataset shows, as counts, and how many pictures could not be told."""
    source = row["subject"].removeprefix(DATA)
    count = f"{round(row['value'] * row['n'])} of {row['n']}"
    if row["attribute"] == GENDER and row["annotator"] == "nearest-variant":
        left = f"; {row['abstained']} more lie near neither" if row["abstained"] else ""
        title = f"{source} draws {count} roles without a gender word nearer to its own {row['group']} of that role"
        return f"{title}{left}"
    left = f"; {row['abstained']} more could not be told" if row["abstained"] else ""
    return f"{source} shows {count} pictures without a gender or skin tone word {presented(row)}{left}"


def percent(share: float) -> str:
    """Return a share as whole percent: `91 %`."""
    return f"{100 * share:.0f} %"


def interval(row: Row) -> str:
    """Return the interval of `row` in percent: `[84, 95]`."""
    return f"[{100 * row['low']:.0f}, {100 * row['high']:.0f}]"


def points(row: Row) -> str:
    """Return a difference of shares and its interval in points: `60 points [45, 71]`.

    The sign is left to the words around it: that of a negative one is turned, and so are its ends.
    """
    sign = -1 if row["value"] < 0 else 1
    low, high = sorted((sign * row["low"], sign * row["high"]))
    return f"{100 * sign * row['value']:.0f} points [{100 * low:.0f}, {100 * high:.0f}]"


def tone(value: str) -> str:
    """Return `monk-5` as people say it; other names of tones say it themselves."""
    return f"Monk tone {value.removeprefix('monk-')}" if value.startswith("monk-") else value
