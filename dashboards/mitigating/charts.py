"""Charts of a mitigation: shares before and after against their targets, and the trade-off of strengths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from dashboards.charts import BLUE, VERMILLION, drawn
from toolkit.report.mitigation_charts import TradeOff
from toolkit.report.mitigation_words import strength_name
from toolkit.report.wording import percent, percent_of

SELECTION = "moved"
BEFORE, AFTER = "before", "after"
UNBEATEN, BEATEN = "no other beats it in both", "another is better in both"


def moved(rows: Sequence[dict[str, Any]], group: str, *, selected: str | None) -> alt.LayerChart:
    """Return the shares of `group` by concept with intervals, before (diamonds) and after (circles), and a grey tick at
    the target of each; a ring is around those of the `selected` concept. A click selects a slice under "moved"."""
    values = [_side(row, side, selected) for row in rows for side in (BEFORE, AFTER) if row[side] is not None]
    order = list(dict.fromkeys(one["slice"] for one in values))
    base = alt.Chart(alt.Data(values=values)).encode(
        y=alt.Y("slice:N", sort=order, title=None, axis=alt.Axis(labelLimit=260, labelOverlap=False)),
        yOffset=alt.YOffset("side:N", sort=[BEFORE, AFTER]),
        color=alt.Color(
            "side:N",
            scale=alt.Scale(domain=[BEFORE, AFTER], range=[VERMILLION, BLUE]),
            legend=alt.Legend(title=None, orient="top"),
        ),
    )
    scale = alt.Scale(domain=[0, 1])
    axis = alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1])
    target = base.mark_tick(thickness=3, height=20).encode(
        x=alt.X("target:Q", scale=scale), color=alt.value("gray"), tooltip=alt.Tooltip("goal:N", title="target")
    )
    whisker = base.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q", scale=scale), x2="high:Q")
    ring = base.mark_point(filled=False, size=420, strokeWidth=2).encode(
        x=alt.X("ring:Q", scale=scale), color=alt.value("gray")
    )
    pick = alt.selection_point(name=SELECTION, fields=["slice"])
    mark = base.mark_point(size=120, opacity=1, strokeWidth=2, filled=True, cursor="pointer").encode(
        x=alt.X("share:Q", scale=scale, title=f"share of {group}", axis=axis),
        shape=alt.Shape("side:N", scale=alt.Scale(domain=[BEFORE, AFTER], range=["diamond", "circle"]), legend=None),
        tooltip=[
            alt.Tooltip("slice:N", title="concept"),
            alt.Tooltip("side:N"),
            alt.Tooltip("figure:N", title="share"),
        ],
    )
    layers = (target, *drawn(values, "ring", ring), *drawn(values, "low", whisker), mark.add_params(pick))
    return alt.layer(*layers).properties(height=alt.Step(24))


def _side(row: dict[str, Any], side: str, selected: str | None) -> dict[str, Any]:
    ends = row[f"{side}_low"], row[f"{side}_high"]
    return {
        "slice": row["slice"],
        "side": side,
        "share": row[side],
        "low": ends[0],
        "high": ends[1],
        "target": row["target"],
        "goal": percent(row["target"]),
        "ring": row[side] if row["slice"] == selected else None,
        "figure": percent_of(row[side], *ends, row[f"n_{side}"]),
    }


def trade_off(points: Sequence[TradeOff]) -> alt.LayerChart:
    """Return adherence over the distance from the target, a mark a strength with both intervals, joined in order."""
    values = [
        {
            "name": strength_name(one.strength),
            "place": place,
            "bias": one.bias[0],
            "bias_low": one.bias[1],
            "bias_high": one.bias[2],
            "adherence": one.adherence[0],
            "adherence_low": one.adherence[1],
            "adherence_high": one.adherence[2],
            "pareto": UNBEATEN if one.pareto else BEATEN,
            "figure": f"{percent_of(*one.bias, None)} from the target, adherence {one.adherence[0]:.3f}",
        }
        for place, one in enumerate(points)
    ]
    base = alt.Chart(alt.Data(values=values))
    across = alt.X(
        "bias:Q",
        title="distance from the target (left is better)",
        axis=alt.Axis(format="%"),
        scale=alt.Scale(zero=False),
    )
    up = alt.Y("adherence:Q", title="shows what was asked for (up is better)", scale=alt.Scale(zero=False))
    path = base.mark_line(strokeDash=[4, 3], color="gray").encode(x=across, y=up, order="place:Q")
    wide = base.mark_rule(strokeWidth=1, color="gray").encode(x="bias_low:Q", x2="bias_high:Q", y=up)
    high = base.mark_rule(strokeWidth=1, color="gray").encode(x=across, y="adherence_low:Q", y2="adherence_high:Q")
    colours = alt.Scale(domain=[UNBEATEN, BEATEN], range=[BLUE, VERMILLION])
    shapes = alt.Scale(domain=[UNBEATEN, BEATEN], range=["circle", "square"])
    legend = alt.Legend(title=None, orient="top", labelLimit=300)
    mark = base.mark_point(filled=True, size=150, opacity=1).encode(
        x=across,
        y=up,
        color=alt.Color("pareto:N", scale=colours, legend=legend),
        shape=alt.Shape("pareto:N", scale=shapes, legend=legend),
        tooltip=[alt.Tooltip("name:N", title="strength"), alt.Tooltip("figure:N", title="what it is")],
    )
    label = base.mark_text(align="left", dx=11, dy=-10, color="gray").encode(x=across, y=up, text="name:N")
    return alt.layer(path, wide, high, label, mark).properties(height=320)
