"""Charts of the pages about data: how a score is spread around a threshold, and rows by what they hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import altair as alt

from toolkit.report.palette import OKABE_ITO

if TYPE_CHECKING:
    from toolkit.curate.exploring.near_threshold import Bin

BLUE, VERMILLION = OKABE_ITO[0], OKABE_ITO[1]
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
            y=alt.Y("rows:Q", title="rows", scale=alt.Scale(type="symlog"), axis=alt.Axis(format=",")),
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
