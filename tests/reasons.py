"""What a rule took, as tests like to read it."""

from __future__ import annotations

from toolkit.curate.rule import Reason, Taken


def reasons(taken: Taken) -> dict[int, Reason]:
    """Return the reason of each row that was taken."""
    return {row: taken.explain(index) for index, row in enumerate(taken.rows.tolist())}
