"""The trade-off of several strengths: less bias against pictures that still show what was asked for."""

from __future__ import annotations

from collections.abc import Mapping


def pareto_points(points: Mapping[float, tuple[float | None, float | None]]) -> list[float]:
    """Return, in order, the strengths of `points` (bias after, adherence) that no other beats in both: less bias and
    more adherence, or less of one and the same of the other. A strength without bias is none; where one has no
    adherence, bias alone decides."""
    known = {strength: one for strength, one in points.items() if one[0] is not None}
    alone = any(adherence is None for _, adherence in known.values())
    figures = {
        strength: (-float(bias or 0.0), 0.0 if alone else float(adherence or 0.0))
        for strength, (bias, adherence) in known.items()
    }
    return sorted(
        strength
        for strength, one in figures.items()
        if not any(other != one and other[0] >= one[0] and other[1] >= one[1] for other in figures.values())
    )
