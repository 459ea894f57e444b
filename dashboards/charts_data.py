"""Charts of the pages about data: how a score is spread around a threshold, and rows by what they hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import altair as alt

from toolkit.report.composition import Part
from toolkit.report.palette import OKABE_ITO

if TYPE_CHECKING:
    from toolkit.curate.exploring.near_threshold import Bin

BLUE, VERMILLION, GREEN, _, ORANGE = OKABE_ITO[:5]
PART = "part"
HEIGHT = 220


def spread_bars(bins: Sequence[Bin], thresholds: Mapping[str, float], *, score: str) -> alt.LayerChart:
    """Return a histogram of a `score`, and a line at each of `thresholds`, by the name of whose it is.

    Few rows are seen beside many: bars grow with the logarithm of their rows.
    """
    bars = (
        alt.Chart(alt.Data(values=[one._asdict() for one in bins]))
        .mark_bar(color=BLUE, opacity=0.75)
        .encode(
            x=alt.X("start:Q", title=score, scale=alt.Scale(zero=False, nice=False)),
            x2="end:Q",
            y=alt.Y("rows:Q", title="rows", scale=alt.Scale(type="symlog", domainMin=0), axis=alt.Axis(format=",.0f")),
            y2=alt.datum(0),
            tooltip=[
                alt.Tooltip("start:Q", title="from", format=".4~g"),
                alt.Tooltip("end:Q", title="to", format=".4~g"),
                alt.Tooltip("rows:Q", format=","),
            ],
        )
    )
    lines = (
        alt.Chart(alt.Data(values=[{"whose": name, "at": value} for name, value in thresholds.items()]))
        .mark_rule(strokeWidth=2)
        .encode(
            x="at:Q",
            color=alt.Color(
                "whose:N",
                scale=alt.Scale(domain=list(thresholds), range=["gray", VERMILLION][-len(thresholds) :]),
                legend=alt.Legend(title=None, orient="top"),
            ),
            strokeDash=alt.StrokeDash(
                "whose:N", scale=alt.Scale(domain=list(thresholds), range=[[6, 4], [1, 0]][-len(thresholds) :])
            ),
            tooltip=[alt.Tooltip("whose:N"), alt.Tooltip("at:Q", format=".4~g")],
        )
    )
    return alt.layer(bars, lines).properties(height=HEIGHT)


def composition_bars(parts: Sequence[Part], *, decided: bool) -> alt.Chart:
    """Return bars of the pairs that hold each value, those kept and those not kept apart where it was `decided`.

    A click on a bar selects its value under the name "part".
    """
    kinds = ["kept", "not kept"] if decided else ["pairs"]
    values = [
        {"value": one.value, "kind": kind, "rows": rows, "order": place}
        for one in parts
        for place, (kind, rows) in enumerate(
            zip(kinds, (one.kept, one.rows - one.kept) if decided else (one.rows,), strict=True)
        )
    ]
    names = alt.Axis(labelLimit=260, labelOverlap=False)
    pick = alt.selection_point(name=PART, fields=["value"])
    return (
        alt.Chart(alt.Data(values=values))
        .mark_bar(height=16, cursor="pointer")
        .encode(
            y=alt.Y("value:N", sort=[one.value for one in parts], title=None, axis=names),
            x=alt.X("rows:Q", title="pairs", axis=alt.Axis(format=",.0f", tickCount=6)),
            color=alt.Color(
                "kind:N",
                scale=alt.Scale(domain=kinds, range=[GREEN, ORANGE] if decided else [GREEN]),
                legend=alt.Legend(title=None, orient="top"),
            ),
            order="order:Q",
            tooltip=[alt.Tooltip("value:N"), alt.Tooltip("kind:N"), alt.Tooltip("rows:Q", format=",")],
        )
        .properties(height=alt.Step(24))
        .add_params(pick)
    )
