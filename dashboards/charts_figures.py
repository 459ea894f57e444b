"""Figures that are no shares, by concept: marks with intervals that can be clicked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import altair as alt

from dashboards.charts import BLUE, drawn
from toolkit.report.measured import ALL

FIGURE = "figure"


class Mark(NamedTuple):
    """A figure of one slice with the ends of its interval, None where there are none, and in `words`; `beside` is what
    the data shows, None where that is not known."""

    slice: str
    value: float
    low: float | None
    high: float | None
    words: str
    beside: float | None = None


def figure_marks(marks: Sequence[Mark], title: str, *, selected: str | None) -> alt.LayerChart:
    """Return `marks` in their order, with a grey tick where the data stands; `title` names the axis. A ring is around
    the mark of the `selected` slice.

    A click on a mark selects its slice under the name "figure".
    """
    values = [one._asdict() | {"ring": one.value if one.slice == selected else None} for one in marks]
    words = f"datum.label === '{ALL}' ? 'all concepts' : datum.label"
    names = alt.Axis(labelLimit=260, labelOverlap=False, labelExpr=words)
    order = [one.slice for one in marks]
    base = alt.Chart(alt.Data(values=values)).encode(y=alt.Y("slice:N", sort=order, title=None, axis=names))
    scale = alt.Scale(zero=False, nice=True)
    tips = [alt.Tooltip("slice:N", title="concept"), alt.Tooltip("words:N", title=title)]
    pick = alt.selection_point(name=FIGURE, fields=["slice"])
    tick = base.mark_tick(color="gray", thickness=3, height=22).encode(
        x=alt.X("beside:Q", scale=scale, title=title), tooltip=alt.Tooltip("beside:Q", title="the data", format=".2f")
    )
    whisker = base.mark_rule(strokeWidth=2, color=BLUE).encode(x=alt.X("low:Q", scale=scale), x2="high:Q")
    ring = base.mark_point(filled=False, size=420, color="gray", strokeWidth=2).encode(x=alt.X("ring:Q", scale=scale))
    mark = base.mark_point(filled=True, size=130, color=BLUE, opacity=1, cursor="pointer").encode(
        x=alt.X("value:Q", scale=scale), tooltip=tips
    )
    layers = (*drawn(values, "beside", tick), *drawn(values, "ring", ring), *drawn(values, "low", whisker))
    return alt.layer(*layers, mark.add_params(pick)).properties(height=alt.Step(28))
