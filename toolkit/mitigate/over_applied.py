"""How often a mitigation touched what it should have left alone."""

from __future__ import annotations

from typing import Any

from toolkit.statistics.intervals import wilson


def over_application_row(kind: str, requests: int, steered: int, confidence: float = 0.95) -> dict[str, Any]:
    """Return which share of `requests` of a `kind` that should be left alone was steered, with a Wilson interval; null
    where there was none to steer."""
    low, high = wilson(steered, requests, confidence)
    share = None if requests == 0 else round(steered / requests, 6)
    ends = (None, None) if share is None else (round(low, 6), round(high, 6))
    return {
        "kind": kind,
        "requests": requests,
        "steered": steered,
        "share": share,
        "low": ends[0],
        "high": ends[1],
    }
