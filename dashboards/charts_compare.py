"""Differences between two audits by concept, and effects of single words, with their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from dashboards.charts import BLUE, GREEN, VERMILLION, drawn
from dashboards.twins import HERE, THERE
from toolkit.report.compared import difference_in_words, paired, paired_in_words
from toolkit.report.measured import ALL
from toolkit.report.sections.section import points, sure
from toolkit.report.style_effects import Effect

SELECTION = "difference"


def differences(rows: Sequence[Mapping[str, Any]], group: str, *, selected: str | None) -> alt.LayerChart:
    """Return the differences of shares of `group` by concept, the greatest rise first: marks in points with intervals,
    those told apart from chance (q at most 0.05) filled, the others hollow. Diamonds below them are the differences of
    pictures of one prompt and seed. A ring is around the `selected` one.

    A click on a mark selects its slice under the name "difference".
    """
    told = [one for one in rows if one["value"] is not None]
    told.sort(key=lambda one: (one["slice"] == ALL, -one["value"], one["slice"]))
    values = [
        {
            "slice": one["slice"],
            "value": one["value"],
            "low": one["low"],
            "high": one["high"],
            "ring": one["value"] if one["slice"] == selected else None,
            "sure": min((q for q in (one["q"], one["paired_q"]) if q is not None), default=1.0) <= 0.05,
            "figure": f"{difference_in_words(one)} points",
            **_paired_values(one),
        }
        for one in told
    ]
    names = alt.Axis(
        labelLimit=260, labelOverlap=False, labelExpr=f"datum.label === '{ALL}' ? 'all concepts' : datum.label"
    )
    order = [one["slice"] for one in values]
    base = alt.Chart(alt.Data(values=values)).encode(y=alt.Y("slice:N", sort=order, title=None, axis=names))
    scale = alt.Scale(domain=[-1, 1])
    axis = alt.Axis(format="+%", values=[-1, -0.5, 0, 0.5, 1])
    x = alt.X("value:Q", scale=scale, title=f"share of {group}, there minus here", axis=axis)
    pick = alt.selection_point(name=SELECTION, fields=["slice"])
    tips = [alt.Tooltip("slice:N", title="concept"), alt.Tooltip("figure:N", title="there minus here")]
    zero = alt.Chart(alt.Data(values=[{"zero": 0}])).mark_rule(color="gray", strokeDash=[4, 3])
    whisker = base.mark_rule(strokeWidth=2, color=BLUE).encode(x=alt.X("low:Q", scale=scale), x2="high:Q")
    ring = base.mark_point(filled=False, size=420, color="gray", strokeWidth=2).encode(x=alt.X("ring:Q", scale=scale))
    mark = base.mark_point(size=130, opacity=1, strokeWidth=2, stroke=BLUE, cursor="pointer").encode(
        x=x, fill=alt.condition("datum.sure", alt.value(BLUE), alt.value("#ffffff")), tooltip=tips
    )
    thin = base.mark_rule(strokeWidth=1, color=GREEN, yOffset=10).encode(
        x=alt.X("paired_low:Q", scale=scale), x2="paired_high:Q"
    )
    diamond = base.mark_point(shape="diamond", size=90, color=GREEN, filled=False, strokeWidth=2, yOffset=10).encode(
        x=alt.X("paired:Q", scale=scale), tooltip=alt.Tooltip("paired_figure:N", title="of pictures of one seed")
    )
    chart = alt.layer(
        zero.encode(x=alt.X("zero:Q", scale=scale)),
        *drawn(values, "low", whisker),
        *drawn(values, "paired", thin, diamond),
        *drawn(values, "ring", ring),
        mark.add_params(pick),
    )
    return chart.properties(height=alt.Step(36))


def _paired_values(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the difference of pictures of one seed with its interval and words; None where none were paired."""
    one = paired(row)
    if one is None:
        return dict.fromkeys(("paired", "paired_low", "paired_high", "paired_figure"))
    words = f"{paired_in_words(row)} points of {row['pairs']:,} pairs"
    return {"paired": one.value, "paired_low": one.low, "paired_high": one.high, "paired_figure": words}


def word_effects(found: Mapping[str, Sequence[Effect]]) -> alt.LayerChart:
    """Return what single words change, in points of share with intervals: a row a contrast, `found` here (circles) and
    there (squares)."""
    values = [
        {
            "words": one.words,
            "side": side,
            "value": one.row["value"],
            "low": one.row["low"],
            "high": one.row["high"],
            "figure": f"{points(one.row)} points of {one.row['n']:,} pairs; {sure(one.row)}".rstrip("; "),
        }
        for side, some in found.items()
        for one in some
        if one.row["value"] is not None
    ]
    sides = list(found)
    names = alt.Axis(labelLimit=320, labelOverlap=False)
    base = alt.Chart(alt.Data(values=values)).encode(
        y=alt.Y("words:N", title=None, axis=names, sort=list(dict.fromkeys(one["words"] for one in values))),
        yOffset=alt.YOffset("side:N", sort=sides),
        color=alt.Color(
            "side:N",
            scale=alt.Scale(domain=[HERE, THERE], range=[BLUE, VERMILLION]),
            legend=alt.Legend(title=None, orient="top"),
        ),
    )
    scale = alt.Scale(domain=[-1, 1])
    whisker = base.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q", scale=scale), x2="high:Q")
    axis = alt.Axis(format="+%", values=[-1, -0.5, 0, 0.5, 1])
    mark = base.mark_point(filled=True, size=110, opacity=1).encode(
        x=alt.X("value:Q", scale=scale, title="how much more often the group is shown", axis=axis),
        shape=alt.Shape("side:N", scale=alt.Scale(domain=[HERE, THERE], range=["circle", "square"]), legend=None),
        tooltip=[alt.Tooltip("words:N"), alt.Tooltip("side:N"), alt.Tooltip("figure:N", title="effect")],
    )
    zero = alt.Chart(alt.Data(values=[{"zero": 0}])).mark_rule(color="gray", strokeDash=[4, 3])
    return alt.layer(zero.encode(x=alt.X("zero:Q", scale=scale)), *drawn(values, "low", whisker), mark)
