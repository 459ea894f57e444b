"""The candidates of a `srcset` attribute, after the HTML standard (section 4.8.4.3.5, "parsing a srcset attribute")."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable
from typing import NamedTuple

_BLANK = " \t\n\f\r"
_SKIPPED = re.compile(r"[ \t\n\f\r,]*")
_ADDRESS = re.compile(r"[^ \t\n\f\r]+")
_INTEGER = re.compile(r"[0-9]+")
_FLOAT = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_MOST_CANDIDATES = 1000


class Candidate(NamedTuple):
    """One picture of a srcset: its address as written, and its width in pixels or its density; None where not told."""

    url: str
    width: int | None = None
    density: float | None = None


def candidates(text: str) -> list[Candidate]:
    """Return the candidates in a srcset, in order, those with descriptors that are no error; at most 1,000.

    Commas within addresses belong to them, so that data: URIs stay whole; those at an address's end part candidates.
    Never raises; linear in the length of `text`.
    """
    found: list[Candidate] = []
    at = 0
    while len(found) < _MOST_CANDIDATES:
        at = _end(_SKIPPED, text, at)
        match = _ADDRESS.match(text, at)
        if match is None:
            break
        url, at = match[0], match.end()
        descriptors: list[str] = []
        if url.endswith(","):
            url = url.rstrip(",")
        else:
            descriptors, at = _descriptors(text, at)
        candidate = _candidate(url, descriptors)
        if candidate is not None:
            found.append(candidate)
    return found


def largest(found: Iterable[Candidate]) -> list[Candidate]:
    """Return the largest 8 of the candidates `found`, the largest first: by width, those without one after them by
    density (1 where not told), the first of equals first; none that is a data: URI."""
    usable = [one for one in found if one.url[:5].lower() != "data:"]
    return heapq.nlargest(8, usable, key=lambda one: (one.width or 0, 1.0 if one.density is None else one.density))


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at


def _descriptors(text: str, at: int) -> tuple[list[str], int]:
    """Return the descriptors from `at` to the comma that ends them, and where the next candidate begins; a comma
    within parentheses ends nothing."""
    found: list[str] = []
    start = at
    inside = False
    while at < len(text):
        one = text[at]
        if inside:
            inside = one != ")"
        elif one == "(":
            inside = True
        elif one == "," or one in _BLANK:
            if start < at:
                found.append(text[start:at])
            start = at + 1
            if one == ",":
                return found, at + 1
        at += 1
    if start < at:
        found.append(text[start:at])
    return found, at


def _candidate(url: str, descriptors: list[str]) -> Candidate | None:
    """Return the candidate, or None where a descriptor is an error: unknown, twice, zero or negative."""
    width: int | None = None
    density: float | None = None
    height: int | None = None
    for one in descriptors:
        number, unit = one[:-1], one[-1]
        whole = int(number) if _INTEGER.fullmatch(number) and len(number) < 10 else None
        if unit == "w" and whole and width is None and density is None:
            width = whole
        elif unit == "h" and whole and height is None and density is None:
            height = whole
        elif unit == "x" and density is None and width is None and height is None and _FLOAT.fullmatch(number):
            density = float(number)
            if density < 0:
                return None
        else:
            return None
    return None if height is not None and width is None else Candidate(url, width, density)
