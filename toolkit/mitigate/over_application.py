"""How often a mitigation would touch what it must leave alone: prompts that say the attribute already, that history has
settled, or that show nobody."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from toolkit.mitigate.prompts_about import NO_PEOPLE, SAID, SETTLED, prompt_about
from toolkit.recipe import parse_yaml
from toolkit.statistics.intervals import wilson

FILE = Path(__file__).parent / "left_alone.yaml"


class OverApplication(NamedTuple):
    """Of `requests` that are to be left alone for one reason, `kind`, how many would be `steered`, which ones, and
    their share with its interval, all in [0, 1]."""

    kind: str
    requests: int
    steered: int
    examples: tuple[str, ...]
    share: float
    low: float
    high: float


@cache
def _listed() -> dict[str, Any]:
    found: dict[str, Any] = parse_yaml(FILE.read_text("utf-8"))
    return found


def over_application(attribute: str, said: Collection[str], confidence: float = 0.95) -> list[OverApplication]:
    """Return how many prompts of left_alone.yaml a mitigation of `attribute` would touch, a row a reason.

    `said` are the words by which a prompt says something of the attribute; of one without such prompts that row is left
    out.
    """
    listed = _listed()
    kinds = {SAID: listed[SAID].get(attribute, []), SETTLED: listed[SETTLED], NO_PEOPLE: listed[NO_PEOPLE]}
    rows = []
    for kind, prompts in kinds.items():
        if not prompts:
            continue
        touched = tuple(one for one in prompts if prompt_about(one, said).left_alone is None)
        interval = wilson(len(touched), len(prompts), confidence)
        share = len(touched) / len(prompts)
        rows.append(OverApplication(kind, len(prompts), len(touched), touched, share, interval.low, interval.high))
    return rows
