"""The ledger as a flow chart: the share of a group at each step, the steps of it can be clicked."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from dashboards.charts import BLUE, GREEN, VERMILLION, drawn
from toolkit.report.ledger_flow import STEP_NAMES, Flow, Step, from_step
from toolkit.report.sections.changes import MOVED_BY, STEPS
from toolkit.report.sections.section import points, sure
from toolkit.report.wording import percent_of

STEP = "step"
PLAIN, CORRECTED = "as read", "corrected"
HEIGHT = 340
ASIDE = 0.12  # how far the marks of a corrected flow stand from the raw ones, in steps


def flow_chart(flows: Sequence[Flow], group: str, *, selected: str | None) -> alt.LayerChart:
    """Return the steps of `flows`, of which the first is the raw one, from left to right: marks are shares of `group`
    with their intervals, lines lead from step to step with how far each moved it, and the line into the step that moved
    it most is thick and red. A ring is around the mark of the `selected` step.

    Corrected flows are hollow squares at the right of the raw marks. A click on a mark selects its step by the name
    "step".
    """
    marks = [one for place, flow in enumerate(flows) for one in _marks(flow, place, selected)]
    lines = [one for place, flow in enumerate(flows) for one in _lines(flow, place)]
    names = " : ".join(f"datum.value === {place} ? '{STEP_NAMES[one]}'" for place, one in enumerate(STEPS))
    axis = alt.Axis(
        values=list(range(len(STEPS))),
        labelExpr=f"{names} : ''",
        grid=False,
        labelFontSize=13,
        labelLimit=0,
        ticks=False,
    )
    x = alt.Scale(domain=[-0.4, len(STEPS) - 0.6], nice=False, zero=False)
    y = alt.Scale(domain=[0, 1])
    shares = alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1])
    base = alt.Chart(alt.Data(values=marks)).encode(x=alt.X("place:Q", scale=x, title=None, axis=axis))
    way = alt.Color(
        "way:N",
        scale=alt.Scale(domain=[PLAIN, CORRECTED], range=[BLUE, GREEN]),
        legend=alt.Legend(title=None, orient="top") if len(flows) > 1 else None,
    )
    whisker = base.mark_rule(strokeWidth=2).encode(y=alt.Y("low:Q", scale=y), y2="high:Q", color=way)
    tips = [alt.Tooltip("name:N", title="step"), alt.Tooltip("figure:N", title=f"share of {group}")]
    pick = alt.selection_point(name=STEP, fields=["step"])
    title = f"share of {group}"
    mark = base.mark_point(filled=True, size=190, opacity=1, cursor="pointer").encode(
        y=alt.Y("share:Q", scale=y, title=title, axis=shares), color=way, shape=_shapes(), tooltip=tips
    )
    ring = base.mark_point(filled=False, size=560, color="gray", strokeWidth=2).encode(y=alt.Y("ring:Q", scale=y))
    layers = (*_line_layers(lines, x, y), *drawn(marks, "low", whisker), *drawn(marks, "ring", ring))
    return alt.layer(*layers, mark.add_params(pick)).properties(height=HEIGHT)


def _shapes() -> alt.Shape:
    return alt.Shape("way:N", scale=alt.Scale(domain=[PLAIN, CORRECTED], range=["circle", "square"]), legend=None)


def _line_layers(lines: Sequence[dict[str, object]], x: alt.Scale, y: alt.Scale) -> list[alt.Chart]:
    """Return the lines between steps, those into the responsible one, and the words over them."""
    base = alt.Chart(alt.Data(values=list(lines)))
    ends = {"x": alt.X("start:Q", scale=x), "x2": "end:Q", "y": alt.Y("from:Q", scale=y), "y2": "to:Q"}
    tips = alt.Tooltip("words:N", title="change")
    thin = base.transform_filter("!datum.most").mark_rule(color="gray", strokeWidth=2, strokeDash=[5, 4])
    thick = base.transform_filter("datum.most").mark_rule(color=VERMILLION, strokeWidth=5)
    most = {bool(one["most"]) for one in lines}
    plain = [layer.encode(**ends, tooltip=tips) for layer, which in ((thin, False), (thick, True)) if which in most]
    said = [
        base.transform_filter(f"datum.label !== '' && {rises}datum.rises")
        .mark_text(color=VERMILLION, fontSize=13, fontWeight="bold", lineBreak="\n", lineHeight=15, dy=-26, **beside)
        .encode(x=alt.X("middle:Q", scale=x), y=alt.Y("height:Q", scale=y), text="label:N")
        for rises, beside in (("", {"align": "right", "dx": -14}), ("!", {"align": "left", "dx": 14}))
        if any(one["label"] and bool(one["rises"]) == (rises == "") for one in lines)
    ]
    return [*plain, *said]


def _aside(place: int) -> float:
    return ASIDE * place


def _told(flow: Flow) -> list[tuple[int, Step]]:
    return [
        (place, one) for place, one in enumerate(flow.steps) if one.share is not None and one.share["value"] is not None
    ]


def _marks(flow: Flow, place: int, selected: str | None) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for at, step in _told(flow):
        row = step.share or {}
        figure = percent_of(row["value"], row["low"], row["high"], row["n"])
        found.append(
            {
                "step": step.name,
                "name": STEP_NAMES[step.name],
                "place": at + _aside(place),
                "share": row["value"],
                "low": row["low"],
                "high": row["high"],
                "ring": row["value"] if step.name == selected and place == 0 else None,
                "way": PLAIN if place == 0 else CORRECTED,
                "figure": figure if place == 0 else f"{figure} ({flow.correction})",
            }
        )
    return found


def _lines(flow: Flow, place: int) -> list[dict[str, object]]:
    told = {step.name: (at + _aside(place), step.share or {}) for at, step in _told(flow)}
    found: list[dict[str, object]] = []
    for step in flow.steps:
        change = step.change
        if change is None or change["value"] is None or {step.name, change["reference"]} - told.keys():
            continue
        (start, before), (end, after) = told[change["reference"]], told[step.name]
        most = step.name == flow.responsible
        label = f"{MOVED_BY[step.name]}\n{points(change)} points" if most and place == 0 else ""
        found.append(
            {
                "start": start,
                "end": end,
                "middle": (start + end) / 2,
                "from": before["value"],
                "to": after["value"],
                "height": (before["value"] + after["value"]) / 2,
                "rises": after["value"] >= before["value"],
                "most": most,
                "label": label,
                "words": f"{points(change)} points from {from_step(change)}; {sure(change)}".rstrip("; "),
            }
        )
    return found
