"""Dates that data sets write beside their pictures, as seconds since 1970."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_YEAR = re.compile(r"\d{4}")
_YEAR_MONTH = re.compile(r"\d{4}-\d{2}")
_MILLISECONDS = 1e11  # as seconds that is the year 5138; as milliseconds, 1973


def seconds_of(value: object) -> float:
    """Return the moment that `value` tells, in seconds since 1970-01-01 UTC; NaN where it tells none.

    Read are ISO 8601 (`2019-05-03`, `20190503`, `2019-05-03T10:00:00Z`; without a zone: UTC), a year, a year and
    month, and the seconds or milliseconds since 1970 as a number or as text.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return math.nan
    text = str(value).strip()
    if _YEAR.fullmatch(text):
        text = f"{text}-01-01"
    elif _YEAR_MONTH.fullmatch(text):
        text = f"{text}-01"
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return _seconds_of_number(text) if _NUMBER.fullmatch(text) or isinstance(value, float) else math.nan


def _seconds_of_number(text: str) -> float:
    number = float(text)
    return (number / 1000 if abs(number) >= _MILLISECONDS else number) if math.isfinite(number) else math.nan


def seconds_of_column(meta: pa.ChunkedArray, column: str) -> NDArray[np.float64]:
    """Return what `column` of each JSON object in `meta` tells, as `seconds_of`: float64 (n,), NaN for none."""
    found = np.full(len(meta), np.nan)
    key = json.dumps(column, ensure_ascii=False)
    for row, text in enumerate(meta.to_pylist()):
        if text and key in text:  # sparing the parser the rows that cannot have it
            found[row] = seconds_of(json.loads(text).get(column))
    return found
