"""What stands in a log of reviews, as rows that an audit reads: each random one with the probability of its draw."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from toolkit.audit.reviewing.log import Action, ReviewLog
from toolkit.audit.reviewing.queues import RANDOM

COLUMNS = (
    "subject_kind",
    "subject_id",
    "attribute",
    "value",
    "reviewer",
    "queue",
    "inclusion_probability",
    "reviewed_at",
    "prompt_shown",
)


def logged_reviews(folder: Path) -> list[dict[str, Any]]:
    """Return the reviews that stand in the log of a run folder, with `COLUMNS`, oldest first. Raises RunError."""
    return review_rows(ReviewLog(folder).standing())


def review_rows(standing: Sequence[Action]) -> list[dict[str, Any]]:
    """Return reviews that stand as rows with `COLUMNS`.

    The `inclusion_probability` of a random one is n / N: of N pictures of its kind and attribute the first n of a
    random order were reviewed by anybody. It is reckoned when rows are read, for nobody knows n before people stop; it
    is the same for all reviews of a kind and attribute, and null in other queues.
    """
    drawn: dict[tuple[str, str], set[str]] = {}
    populations: dict[tuple[str, str], int] = {}
    for _, _, _, one in standing:
        if one.queue == RANDOM and one.population:
            drawn.setdefault((one.subject_kind, one.attribute), set()).add(one.subject_id)
            populations[one.subject_kind, one.attribute] = one.population
    chances = {key: min(1.0, len(drawn[key]) / populations[key]) for key in drawn}
    return [
        {
            "subject_kind": one.subject_kind,
            "subject_id": one.subject_id,
            "attribute": one.attribute,
            "value": one.value,
            "reviewer": one.reviewer,
            "queue": one.queue,
            "inclusion_probability": chances.get((one.subject_kind, one.attribute)) if one.queue == RANDOM else None,
            "reviewed_at": acted_at,
            "prompt_shown": one.prompt_shown,
        }
        for _, acted_at, _, one in standing
    ]
