"""Numbers and words from what the columns of other people hold."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

# The categories of LAION-400M and -5B, as shares of being unsafe.
_NSFW = {"UNLIKELY": 0.0, "UNSURE": 0.5, "NSFW": 1.0}


def first_of(row: Mapping[str, object], columns: Sequence[str]) -> object:
    """Return the value of the first of `columns` that `row` has, None where it has none."""
    for column in columns:
        if (value := row.get(column)) is not None:
            return value
    return None


def number_of(value: object) -> float | None:
    """Return `value` as a finite number: text as it reads, UNLIKELY, UNSURE and NSFW as 0, 0.5 and 1, a list as its
    length; None for all else."""
    if isinstance(value, str):
        text = value.strip()
        if text.upper() in _NSFW:
            return _NSFW[text.upper()]
        value = _read_number(text)
    elif isinstance(value, list):
        return float(len(value))
    if not isinstance(value, (int, float)):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:  # an int that no float can hold
        return None


def _read_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def word_of(value: object) -> str | None:
    """Return `value` as text without outer space; None for a list or an object, and for an empty text."""
    return str(value).strip() or None if isinstance(value, (str, int, float)) else None


def sides_of(row: Mapping[str, object], widths: Sequence[str], heights: Sequence[str]) -> tuple[float, float] | None:
    """Return the shorter and the longer side, in pixels, from the columns of widths and heights; None where one is
    absent or not positive."""
    width, height = number_of(first_of(row, widths)), number_of(first_of(row, heights))
    if width is None or height is None or min(width, height) <= 0:
        return None
    return min(width, height), max(width, height)
