"""Charts of the pages: a forest plot whose marks can be clicked, and the curation funnel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import altair as alt

from toolkit.report.funnel import Funnel
from toolkit.report.measured import ALL, BY_REVIEWS
from toolkit.report.palette import OKABE_ITO
from toolkit.report.retention import Retained
from toolkit.report.wording import percent_of, plain_name

BLUE, VERMILLION, GREEN, _, ORANGE = OKABE_ITO[:5]
SELECTION = "mark"
KNOWN, REVIEWED = "known", "reviews"  # the two ways in which shares are corrected
ENDS = ("value", "low", "high")


class Held(NamedTuple):
    """The share that a mark is held against, and the noise floor around it, if any; both in [0, 1]."""

    share: float
    floor: float | None


def forest(
    rows: Sequence[dict[str, Any]],
    *,
    group: str,
    captions: Mapping[str, float],
    corrected: Mapping[str, Sequence[Mapping[str, Any]]],
    held: Mapping[str, Held],
    against: str,
    selected: str | None = None,
) -> alt.LayerChart:
    """Return a forest plot of measures: shares with their intervals, and by slice what they are `held` to, a grey tick
    in its band of noise, called `against`.

    `captions` is the share that captions of the data name, by slice, shown as a hollow diamond; `corrected` the rows
    of the share corrected for the annotator's errors, with their intervals: a hollow square below the mark where known
    pictures correct it, a hollow triangle above where reviews do. A ring is around the mark of the `selected` slice.

    A click on a mark selects its slice under the name "mark".
    """
    values = _forest_values(rows, held, captions, corrected, selected)
    order = [row["slice"] for row in values]
    words = f"datum.label === '{ALL}' ? 'all concepts' : datum.label"
    axis_of_names = alt.Axis(labelLimit=260, labelOverlap=False, labelExpr=words)
    base = alt.Chart(alt.Data(values=values)).encode(y=alt.Y("slice:N", sort=order, title=None, axis=axis_of_names))
    scale = alt.Scale(domain=[0, 1])
    title = f"share read as {group}"
    axis = alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1])
    band = base.mark_bar(color=ORANGE, opacity=0.25, height=24).encode(
        x=alt.X("floor_low:Q", scale=scale, title=title, axis=axis), x2="floor_high:Q"
    )
    whisker = base.mark_rule(strokeWidth=2, color=BLUE).encode(x=alt.X("low:Q", scale=scale), x2="high:Q")
    pick = alt.selection_point(name=SELECTION, fields=["slice"])
    tips = [alt.Tooltip("slice:N", title="concept"), alt.Tooltip("figure:N", title="share")]
    mark = base.mark_point(filled=True, size=130, color=BLUE, opacity=1, cursor="pointer").encode(
        x=alt.X("share:Q", scale=scale), tooltip=tips
    )
    diamond = base.mark_point(shape="diamond", size=150, color=VERMILLION, filled=False, strokeWidth=2).encode(
        x=alt.X("captions:Q", scale=scale),
        tooltip=alt.Tooltip("captions:Q", title="captions of the data", format=".0%"),
    )
    known, reviewed = _corrected_layers(base, scale, KNOWN), _corrected_layers(base, scale, REVIEWED)
    tick = base.mark_tick(color="gray", thickness=3, height=22).encode(
        x=alt.X("reference:Q", scale=scale), tooltip=alt.Tooltip("reference:Q", title=against, format=".0%")
    )
    ring = base.mark_point(filled=False, size=420, color="gray", strokeWidth=2).encode(x=alt.X("ring:Q", scale=scale))
    chart = alt.layer(
        *drawn(values, "floor_low", band),
        *drawn(values, "reference", tick),
        *drawn(values, "ring", ring),
        *drawn(values, "low", whisker),
        *drawn(values, f"{KNOWN}_value", *known),
        *drawn(values, f"{REVIEWED}_value", *reviewed),
        *drawn(values, "captions", diamond),
        mark.add_params(pick),
    )
    return chart.properties(height=alt.Step(28))


def drawn(values: Sequence[Mapping[str, Any]], field: str, *layers: alt.Chart) -> tuple[alt.Chart, ...]:
    """Return `layers` where any of `values` has the `field` that they show: one without a mark has no name that a
    screen reader could say."""
    return layers if any(one[field] is not None for one in values) else ()


def _corrected_layers(base: alt.Chart, scale: alt.Scale, way: str) -> tuple[alt.Chart, alt.Chart]:
    """Return the intervals and the marks of shares that were corrected in one `way`."""
    look: dict[str, Any] = (
        {"shape": "square", "yOffset": 8} if way == KNOWN else {"shape": "triangle-up", "yOffset": -8}
    )
    thin = base.mark_rule(strokeWidth=1, color=GREEN, yOffset=look["yOffset"]).encode(
        x=alt.X(f"{way}_low:Q", scale=scale), x2=f"{way}_high:Q"
    )
    mark = base.mark_point(size=90, color=GREEN, filled=False, strokeWidth=2, **look).encode(
        x=alt.X(f"{way}_value:Q", scale=scale),
        tooltip=alt.Tooltip(f"{way}_figure:N", title=f"corrected by {way}"),
    )
    return thin, mark


def _forest_values(
    rows: Sequence[dict[str, Any]],
    held: Mapping[str, Held],
    captions: Mapping[str, float],
    corrected: Mapping[str, Sequence[Mapping[str, Any]]],
    selected: str | None,
) -> list[dict[str, Any]]:
    """Return what each mark of a forest plot shows."""
    return [
        {
            "slice": row["slice"],
            "share": row["value"],
            "low": row["low"],
            "high": row["high"],
            "ring": row["value"] if row["slice"] == selected else None,
            **_held_values(held.get(row["slice"])),
            "captions": captions.get(row["slice"]),
            "figure": percent_of(row["value"], row["low"], row["high"], row["n"]),
            **_corrected_values(corrected.get(row["slice"], ())),
        }
        for row in rows
    ]


def _held_values(held: Held | None) -> dict[str, float | None]:
    """Return where the tick of a reference stands, and the ends of the band around it; None where there is none."""
    if held is None:
        return dict.fromkeys(("reference", "floor_low", "floor_high"))
    share, floor = held
    ends = (None, None) if floor is None else (max(0.0, share - floor), min(1.0, share + floor))
    return {"reference": share, "floor_low": ends[0], "floor_high": ends[1]}


def _corrected_values(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return value, interval and words of each way in which a share was corrected; None where it was not."""
    found: dict[str, Any] = dict.fromkeys(f"{way}_{end}" for way in (KNOWN, REVIEWED) for end in (*ENDS, "figure"))
    for row in rows:
        way = REVIEWED if row["correction"] == BY_REVIEWS else KNOWN
        found |= {f"{way}_{end}": row[end] for end in ENDS}
        found[f"{way}_figure"] = f"{percent_of(*(row[end] for end in ENDS), None)} ({row['correction']})"
    return found


def funnel_bars(steps: Funnel) -> alt.Chart:
    """Return bars of the rows that are left after each rule."""
    values = [{"rule": "rows in", "left": steps.rows_in, "taken": 0, "status": ""}]
    values += [
        {"rule": plain_name(one.rule), "left": one.remaining, "taken": one.rows, "status": one.status}
        for one in steps.steps
    ]
    return (
        alt.Chart(alt.Data(values=values))
        .mark_bar(color=GREEN, height=16)
        .encode(
            y=alt.Y(
                "rule:N",
                sort=[one["rule"] for one in values],
                title=None,
                axis=alt.Axis(labelLimit=260, labelOverlap=False),
            ),
            x=alt.X("left:Q", title="rows left", stack=None),
            tooltip=["rule:N", "status:N", alt.Tooltip("taken:Q", format=","), alt.Tooltip("left:Q", format=",")],
        )
        .properties(height=alt.Step(24))
    )


def retention_marks(rows: Sequence[Retained]) -> alt.LayerChart:
    """Return the share of rows kept of each group with its interval, least kept first; groups left out stand out."""
    values = [
        {
            "group": one.group,
            "kept": one.rate.value,
            "low": one.rate.low,
            "high": one.rate.high,
            "left": "left out" if one.flagged else "not flagged",
            "figure": percent_of(*one.rate, one.reached),
        }
        for one in rows
    ]
    names = alt.Axis(labelLimit=260, labelOverlap=False)
    order = [one.group for one in sorted(rows, key=lambda one: (one.rate.value or 0.0, one.group))]
    base = alt.Chart(alt.Data(values=values)).encode(y=alt.Y("group:N", sort=order, title=None, axis=names))
    colour = alt.Color(
        "left:N",
        scale=alt.Scale(domain=["left out", "not flagged"], range=[VERMILLION, BLUE]),
        legend=alt.Legend(title=None, orient="top"),
    )
    scale = alt.Scale(zero=False, nice=True)
    whisker = base.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q", scale=scale), x2="high:Q", color=colour)
    mark = base.mark_point(filled=True, size=110, opacity=1).encode(
        x=alt.X("kept:Q", scale=scale, title="share of rows kept", axis=alt.Axis(format="~%")),
        color=colour,
        tooltip=[alt.Tooltip("group:N"), alt.Tooltip("figure:N", title="kept")],
    )
    return alt.layer(*drawn(values, "low", whisker), mark).properties(height=alt.Step(26))
