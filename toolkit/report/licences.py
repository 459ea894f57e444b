"""Whose pictures these are: how many rows of which source came under which licence."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from toolkit.store import RunFolder


class Credit(NamedTuple):
    """`rows` pairs of one `source` under one `licence`."""

    source: str
    licence: str
    rows: int


def credits_of(run: RunFolder) -> list[Credit]:
    """Return the sources and licences of the pairs that `run` or its inputs hold, in alphabetical order."""
    holder = run.find("pairs")
    if holder is None:
        return []
    counted: Counter[tuple[str, str]] = Counter()
    for rows in holder.scan("pairs", columns=["source", "license"]):
        counted.update(zip(rows["source"].to_pylist(), rows["license"].to_pylist(), strict=True))
    named = [
        Credit(source or "unnamed source", licence or "no licence given", n) for (source, licence), n in counted.items()
    ]
    return sorted(named)
